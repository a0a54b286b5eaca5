import { HoldpointError } from '../kernel/errors.ts';
import { nearest } from '../kernel/nearest.ts';
import type { Journey } from '../smoke/journey.ts';
import type { WatchSettings } from '../watch/settings.ts';

/**
 * The journeys that make synthetic traffic: those that are named, else all that may be walked again and again. Throws
 * `configuration` when one is not declared, or none is left.
 */
export function syntheticJourneys(
  settings: NonNullable<WatchSettings['synthetic']>,
  journeys: readonly Journey[],
): readonly Journey[] {
  const ids = journeys.map(({ id }) => id);
  const chosen = settings.journeys?.map((id) => {
    const journey = journeys.find((one) => one.id === id);
    if (journey !== undefined) return journey;
    const meant = nearest(id, ids);
    throw new HoldpointError('configuration', `watch.synthetic names '${id}', which is no journey`, {
      next: meant === undefined ? "Declare it under 'journeys'." : `Did you mean '${meant}'?`,
    });
  });
  const walked = chosen ?? journeys.filter(isSafe);
  if (walked.length > 0) return walked;
  throw new HoldpointError('configuration', 'watch.synthetic has no journey that it may walk', {
    next: "Declare one under 'journeys' that only reads, or clears up with `always`, or name some under `watch.synthetic.journeys`.",
  });
}

/**
 * Whether it leaves nothing behind and harms nobody however often it is walked: it opens no stream, makes no burst (it
 * would use up a limit of the system's), and only reads unless it clears up.
 */
function isSafe({ steps }: Journey): boolean {
  if (steps.some(({ open, repeat }) => open !== undefined || repeat !== undefined)) return false;
  const onlyReads = steps.every(
    ({ request }) => request === undefined || ['GET', 'HEAD', 'OPTIONS'].includes(request.method),
  );
  return onlyReads || steps.some(({ always }) => always);
}
