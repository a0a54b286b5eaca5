import type { Point } from './points.ts';
import type { Report, Trial } from './trial.ts';

/** Pairs of kills in one release: enough to spare most of the releases, and few enough to lie far apart. */
const LENGTH = 5;
/** Points that a resume may go before it is killed too: less than lie between two kills of a chain. */
const FARTHEST = 12;

/**
 * Each point is killed at once, and the process that resumes a few points later. Several such pairs make one chain in
 * one release, each as far from the next as can be.
 */
export function chains(
  points: readonly Point[],
  roll: (low: number, high: number) => number,
  length = LENGTH,
): readonly Trial[] {
  return (['good', 'bad'] as const).flatMap((release) => {
    const own = points.filter((point) => point.release === release);
    const count = Math.ceil(own.length / length);
    return Array.from({ length: count }, (_, first): Trial => {
      const mine = own.filter((_point, index) => index % count === first);
      const kills = mine.flatMap(({ point }) => [{ at: point, nth: 1 }, { afterPoints: roll(1, FARTHEST) }]);
      return { release, kills, pace: 40 };
    });
  });
}

/** The points at which no process was killed. */
export function unreached(points: readonly Point[], reports: readonly Report[]): readonly Point[] {
  const hit = new Set(
    reports.flatMap(({ trial: { release, kills }, killed }) =>
      kills.slice(0, killed.length).flatMap((kill) => ('at' in kill ? [`${release} ${kill.at}`] : [])),
    ),
  );
  return points.filter(({ release, point }) => !hit.has(`${release} ${point}`));
}
