import { HoldpointError } from '../kernel/errors.ts';
import type { CheckId } from '../kernel/ids.ts';
import { BACKUP } from './catalog/backup.ts';
import { CODE } from './catalog/code.ts';
import { CONFIGURATION } from './catalog/configuration.ts';
import { DATABASE } from './catalog/database.ts';
import { IMAGES } from './catalog/images.ts';
import { INFRASTRUCTURE } from './catalog/infrastructure.ts';
import { MONITORING } from './catalog/monitoring.ts';
import type { ProbeEntry } from './catalog/probe.ts';
import { SECURITY } from './catalog/security.ts';
import { SMOKE } from './catalog/smoke.ts';
import { VERIFICATION } from './catalog/verification.ts';
import { WATCH } from './catalog/watch.ts';

export type { ProbeEntry, ProbeTarget, Stage } from './catalog/probe.ts';

/** Probes by id. Throws `internal` when two share an id. */
export function catalogue(entries: readonly ProbeEntry[]): ReadonlyMap<CheckId, ProbeEntry> {
  const byId = new Map<CheckId, ProbeEntry>();
  for (const entry of entries) {
    if (byId.has(entry.id)) {
      throw new HoldpointError('internal', `two probes of the catalogue are called '${entry.id}'`);
    }
    byId.set(entry.id, entry);
  }
  return byId;
}

/** The checks of the readiness phase, those whose code comes later included. */
export const CHECKS: readonly ProbeEntry[] = [
  ...CODE,
  ...IMAGES,
  ...CONFIGURATION,
  ...DATABASE,
  ...INFRASTRUCTURE,
  ...SECURITY,
  ...MONITORING,
  ...BACKUP,
];

/** Everything that a checklist item can be bound to, besides a person. */
export const PROBES: readonly ProbeEntry[] = [...CHECKS, ...VERIFICATION, ...SMOKE, ...WATCH];

const PROBES_BY_ID: ReadonlyMap<CheckId, ProbeEntry> = catalogue(PROBES);

/** The entry of an id as it was written, or undefined when no probe has it. */
export function findProbe(id: string): ProbeEntry | undefined {
  return PROBES_BY_ID.get(id as CheckId);
}
