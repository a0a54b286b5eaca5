import { dirname } from 'node:path';
import type { Clock } from '../../../kernel/clock.ts';
import { HoldpointError } from '../../../kernel/errors.ts';
import { type RunId, runId } from '../../../kernel/ids.ts';
import type { Evidence } from '../../../kernel/verdict.ts';
import type { Exec } from '../../../system/exec/command.ts';
import type { ServerControl } from '../../../system/postgres/control.ts';
import { createBackup } from '../../postgres/create.ts';
import { readManifest } from '../../postgres/manifest.ts';
import { consistencyPointOf, proveBackup } from '../../postgres/prove.ts';
import { restoringSteps } from '../../postgres/restoring.ts';
import { backupId, loadBackup, type Stored } from '../../postgres/store.ts';
import type { Captured, Proving, Source } from '../source.ts';
import { verifiedByClient } from './wal-check.ts';

export interface PhysicalOptions {
  readonly label: string;
  readonly server: ServerControl;
  readonly exec: Exec;
  readonly clock: Clock;
  /** Names what a restore leaves behind: `data.before-<run>`; it has to be the same when one is repeated. */
  readonly run: RunId;
}

/**
 * The files of a PostgreSQL server, through the server: as `backup/postgres` takes and restores them. What is lent is a
 * backup of that kind, with its manifest.
 */
export function physicalSource(options: PhysicalOptions): Source {
  const { label, server, exec, clock, run } = options;
  return {
    name: `postgres:${label}`,
    kind: 'postgres-physical',
    async capture(scratch, use, signal) {
      const id = await createBackup({ server, folder: scratch, clock, exec }, runId('set'), signal);
      const { folder, manifest, digest } = await loadBackup(scratch, id);
      const { consistency, databases, tables, uncounted, bytes } = manifest;
      const facts = {
        ...{ version: manifest.server.version, system: manifest.server.systemIdentifier },
        ...{ databases: databases.length, tables: tables.length + uncounted.length, bytes },
        ...{ lsn: consistency.stopLsn, timeline: consistency.timeline, manifest: digest },
      };
      const point = `${consistency.stopLsn} on timeline ${consistency.timeline}`;
      return use({ folder, at: consistency.at, consistency: { kind: 'server', point }, facts });
    },
    prove: (folder, captured, signal, proving) => provePhysical(options, folder, captured, signal, proving),
    async putBack(folder, signal = new AbortController().signal) {
      const stored = await storedIn(folder);
      for (const step of await restoringSteps(server, stored, run)) await step.perform(signal);
      return { kept: `${await server.data(signal)}.before-${run}` };
    },
  };
}

async function provePhysical(
  { server, exec }: PhysicalOptions,
  folder: string,
  captured: Captured,
  signal: AbortSignal | undefined,
  proving: Proving | undefined,
): Promise<Evidence> {
  const read = await readManifest(folder).catch(asDamage);
  if (read === undefined || read.digest !== captured.facts['manifest']) {
    return {
      verdict: 'fail',
      summary: 'the manifest of the database is not what was captured',
      next: 'Take a new backup, and look after the disk that holds this one.',
    };
  }
  const began = performance.now();
  const wrong = await verifiedByClient(folder, read.manifest, exec, signal);
  proving?.took?.('verify', performance.now() - began);
  if (wrong !== undefined && wrong.length > 0) {
    return { verdict: 'fail', summary: 'pg_verifybackup finds faults in the copy', details: wrong };
  }
  const { visit, took, read: known } = proving ?? {};
  const scratch = { parent: dirname(folder), url: server.declared, exec, signal, usingUp: true, known };
  const { evidence } = await proveBackup(
    folder,
    read.manifest,
    { ...scratch, took },
    visit === undefined ? undefined : ({ url }) => visit({ DATABASE_URL: url }),
  );
  const said = wrong === undefined ? 'is not installed in the version of the server' : 'found nothing wrong';
  return { ...evidence, details: [...(evidence.details ?? []), `pg_verifybackup ${said}`] };
}

/** As `loadBackup` reads it, from a folder of any name. */
async function storedIn(folder: string): Promise<Stored> {
  const read = await readManifest(folder);
  if (read === undefined) {
    throw new HoldpointError('tampered', `${folder} does not hold the files of a database`, {
      next: 'Restore another backup.',
    });
  }
  const { manifest, digest } = read;
  const summary = {
    ...{ id: backupId(manifest.consistency.at, runId(manifest.run)), run: runId(manifest.run) },
    consistencyPoint: consistencyPointOf(manifest),
    ...{ bytes: manifest.bytes, databases: manifest.databases.map(({ name }) => name), digest },
    provenAt: undefined,
  };
  return { folder, manifest, digest, summary };
}

/** Unreadable is damaged; anything else has nothing to do with the copy. */
function asDamage(error: unknown): undefined {
  if (error instanceof HoldpointError && error.code === 'tampered') return undefined;
  throw error;
}
