import { HoldpointError } from '../kernel/errors.ts';
import { nearest } from '../kernel/nearest.ts';
import type { ProcessSettings } from './process/settings.ts';
import { type ProcessTargetOptions, processTarget } from './process/target.ts';
import type { Target } from './target.ts';

/** What every kind of target is made from, beside its own settings. */
export type TargetContext = Omit<ProcessTargetOptions, 'settings'>;

/** Makes a target from settings that the specification has read by the schema of that kind. */
export interface TargetEntry<Settings extends { readonly kind: string }> {
  readonly kind: Settings['kind'];
  readonly create: (settings: Settings, context: TargetContext) => Target;
}

export interface TargetCatalog<Settings extends { readonly kind: string }> {
  readonly kinds: readonly string[];
  /** The target of these settings. Throws `configuration`, naming the nearest kind that exists. */
  create(settings: Settings, context: TargetContext): Target;
}

/** Throws `internal` when two entries have the same kind. */
export function targetCatalog<Settings extends { readonly kind: string }>(
  entries: readonly TargetEntry<Settings>[],
): TargetCatalog<Settings> {
  const byKind = new Map<string, TargetEntry<Settings>>();
  for (const entry of entries) {
    if (byKind.has(entry.kind)) {
      throw new HoldpointError('internal', `two targets are of the kind '${entry.kind}'`, {
        next: 'Give one of them another kind in the catalogue of targets.',
      });
    }
    byKind.set(entry.kind, entry);
  }
  const kinds = [...byKind.keys()];
  return {
    kinds,
    create(settings, context) {
      const entry = byKind.get(settings.kind);
      if (entry !== undefined) return entry.create(settings, context);
      const meant = nearest(settings.kind, kinds);
      throw new HoldpointError('configuration', `there is no target of the kind '${settings.kind}'`, {
        next: meant === undefined ? `Write one of: ${kinds.join(', ')}.` : `Write '${meant}'.`,
      });
    },
  };
}

/** Every kind that a specification can name. */
export type TargetSettings = ProcessSettings;

export const targets: TargetCatalog<TargetSettings> = targetCatalog<TargetSettings>([
  { kind: 'process', create: (settings, context) => processTarget({ settings, ...context }) },
]);
