import type { Report, Trial } from './course.ts';
import { sideBySide } from './side-by-side.ts';
import type { Stage } from './stage.ts';
import { runTrial, WIDTH } from './trial.ts';

/** A named point, and the release that comes to it. */
export interface Point {
  readonly release: Trial['release'];
  readonly point: string;
  /** Reached in each undisturbed release; others are reached by the chance of the moment, as when the watch ends a phase. */
  readonly certain: boolean;
}

export interface Traced {
  readonly points: readonly Point[];
  /** Milliseconds that such a release takes when nobody disturbs it. */
  readonly took: (release: Trial['release']) => number;
}

/**
 * Finds the points by releasing undisturbed: in the order in which they are first reached, each in the release that
 * costs least. Throws when one goes wrong already.
 */
export async function tracePoints(stage: Stage): Promise<Traced> {
  const releases = ['plain good', 'plain bad', 'good', 'dropping'] as const;
  const twice = [...releases, ...releases];
  const reports = await sideBySide(twice, WIDTH, (release) => runTrial(stage, { release, kills: [] }));
  const problems = complaints(reports);
  if (problems.length > 0) throw new Error(`undisturbed, a release ends badly: ${problems.join('\n')}`);
  const known = new Set<string>();
  const points = reports.flatMap(({ trial: { release }, points }) => {
    const fresh = [...new Set(points)].filter((point) => !known.has(point));
    for (const point of fresh) known.add(point);
    const own = reports.filter((one) => one.trial.release === release);
    const isCertain = (point: string): boolean => own.every((one) => one.points.includes(point));
    return fresh.map((point) => ({ release, point, certain: isCertain(point) }));
  });
  const longest = (of: readonly Report[]): number => Math.max(...of.map(({ took }) => took));
  return {
    points,
    took(release) {
      const own = reports.filter((one) => one.trial.release === release);
      return longest(own.length > 0 ? own : reports);
    },
  };
}

/** Releases after which a word is said: a suite of minutes should show that it goes on. */
const STEP = 20;

/** Makes the trials side by side, and says at once what went wrong in one. */
export function runTrials(stage: Stage, trials: readonly Trial[]): Promise<readonly Report[]> {
  let done = 0;
  return sideBySide(trials, WIDTH, async (trial) => {
    const report = await runTrial(stage, trial).catch((error: unknown) => unjudged(trial, error));
    for (const complaint of complaints([report])) console.error(complaint);
    done += 1;
    if (done % STEP === 0) console.log(`${done} of ${trials.length} releases are over`);
    return report;
  });
}

/** What kept a trial from being judged is a complaint as well, and must not stop those beside it. */
const unjudged = (trial: Trial, error: unknown): Report => ({
  trial,
  killed: [],
  resumedAfter: [],
  took: 0,
  points: [],
  problems: [`it could not be seen through: ${error instanceof Error ? error.stack : String(error)}`],
});

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
