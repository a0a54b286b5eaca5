import type { Alone } from '../rolling/replicas.ts';
import { cannotOverlap } from './model/overlap.ts';
import type { ComposeService } from './model/project.ts';
import type { ComposeServiceSettings } from './settings.ts';

/** Milliseconds: an engine asks the first time after one interval, and this is its own. */
const INTERVAL = 30_000;
const STOP = 1_000;
const START = 2_000;

/** Why and for how long a service is away while it is replaced; undefined where old and new run beside each other. */
export function aloneOf(
  service: ComposeService,
  settings: ComposeServiceSettings,
  way: 'roll' | 'recreate',
  measured: number | undefined,
): Alone | undefined {
  const reasons = [
    ...cannotOverlap(service),
    ...(settings.overlap ? [] : ['only one of it may write at a time (overlap: false)']),
  ];
  const expected = measured ?? estimate(service, settings);
  if (reasons.length > 0) return { reason: reasons.join(' and '), expected };
  return way === 'recreate'
    ? { reason: 'everything is stopped before anything new starts (way: recreate)', expected }
    : undefined;
}

/** What a replacement takes of a service that was never replaced here; it has nothing to drain by then. */
function estimate({ healthcheck }: ComposeService, { ready }: ComposeServiceSettings): number {
  if (ready !== undefined || healthcheck === undefined || healthcheck.disabled) return STOP + START;
  return STOP + Math.max(healthcheck.interval ?? INTERVAL, START);
}
