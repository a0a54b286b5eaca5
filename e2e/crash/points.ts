import type { Stage } from './stage.ts';
import { type Report, runTrial, type Trial } from './trial.ts';

/** A named point, and how often the first process of a release comes to it. */
export interface Point {
  readonly release: Trial['release'];
  readonly point: string;
  readonly times: number;
}

export interface Traced {
  /** In the order in which they are first reached: of a good release, and what only one that goes back comes to. */
  readonly points: readonly Point[];
  /** Milliseconds that a release takes that nobody disturbs. */
  readonly took: number;
}

/** Finds the points by releasing once well and once badly, undisturbed. Throws when that goes wrong already. */
export async function tracePoints(stage: Stage): Promise<Traced> {
  const [good, bad] = await Promise.all([
    runTrial(stage, { release: 'good', kills: [] }),
    runTrial(stage, { release: 'bad', kills: [] }),
  ]);
  const problems = [...good.problems, ...bad.problems];
  if (problems.length > 0) throw new Error(`undisturbed, a release ends badly: ${problems.join('\n')}`);
  const known = new Set(good.points);
  // The watch ends whichever phase it finds a bad release in: what lies on the way forward is the good one's.
  const back = bad.points.slice(bad.points.indexOf('rollback.decided · before'));
  return {
    points: [
      ...counted('good', good.points),
      ...counted(
        'bad',
        back.filter((point) => !known.has(point)),
      ),
    ],
    took: Math.max(good.took, bad.took),
  };
}

function counted(release: Trial['release'], points: readonly string[]): readonly Point[] {
  const times = new Map<string, number>();
  for (const point of points) times.set(point, (times.get(point) ?? 0) + 1);
  return [...times].map(([point, count]) => ({ release, point, times: count }));
}

/** One line for each report that is not as it should be, with what it takes to see it again. */
export function complaints(reports: readonly Report[]): readonly string[] {
  return reports.flatMap(({ trial: { release, kills }, killed, problems }) =>
    problems.map(
      (problem) => `${release} ${JSON.stringify(kills)} killed at ${killed.join(', ')}: ${problem}`,
    ),
  );
}

/** Middle and worst of some numbers, in milliseconds. */
export function spread(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return `median ${at(0.5)} ms, longest ${at(1)} ms`;
}
