import type { Kill, Report, Trial } from './course.ts';
import type { Point } from './points.ts';

/** Kills in one release: enough to spare most of the releases, and few enough to lie far apart. */
const LENGTH = 4;
/** Points that a resume may go before it is killed too: fewer than lie between two kills of a chain. */
const FARTHEST = 12;

type Roll = (low: number, high: number) => number;

/**
 * Trials in which a process is killed at each of the points. Several share one release, each as far from the next as can
 * be, so that every resume has a long way to go. With `again`, the process that resumes is killed too, a few points later.
 */
function chains(points: readonly Point[], again: Roll | undefined, length = LENGTH): readonly Trial[] {
  return [...new Set(points.map(({ release }) => release))].flatMap((release) => {
    const own = points.filter((point) => point.release === release);
    const count = Math.ceil(own.length / length);
    return Array.from({ length: count }, (_, first): Trial => {
      const mine = own.filter((_point, index) => index % count === first);
      const kills = mine.flatMap(({ point }): readonly Kill[] => [
        { at: point, nth: 1 },
        ...(again === undefined ? [] : [{ afterPoints: again(1, FARTHEST) }]),
      ]);
      return { release, kills, pace: PACE };
    });
  });
}

/** Milliseconds between two requests of the client: what hundreds of trials can bear. */
export const PACE = 50;

/**
 * Makes all trials that it takes to kill a process at each of the points. A point that was passed before its turn came,
 * since the processes before went farther than thought, gets a release of its own.
 */
export async function killAtAll(
  points: readonly Point[],
  again: Roll | undefined,
  run: (trials: readonly Trial[]) => Promise<readonly Report[]>,
): Promise<readonly Report[]> {
  let reports = await run(chains(points, again));
  for (let round = 0; round < ALONE; round += 1) {
    const left = unreached(points, reports);
    if (left.length === 0) break;
    reports = [...reports, ...(await run(chains(left, again, 1)))];
  }
  return reports;
}

/** How often a point that was missed gets a release of its own: the watch may end a phase earlier or later. */
const ALONE = 2;

/** The certain points at which no process was killed. */
export function unreached(points: readonly Point[], reports: readonly Report[]): readonly Point[] {
  const hit = new Set(
    reports.flatMap(({ trial: { release, kills }, killed }) =>
      kills.slice(0, killed.length).flatMap((kill) => ('at' in kill ? [`${release} ${kill.at}`] : [])),
    ),
  );
  return points.filter(({ release, point, certain }) => certain && !hit.has(`${release} ${point}`));
}
