import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PACE } from '../crash/chains.ts';
import type { Report, Trial } from '../crash/course.ts';
import { seedOfTest } from '../crash/dice.ts';
import { complaints, runTrials, spread, tracePoints } from '../crash/points.ts';
import { makeStage, type Stage } from '../crash/stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await makeStage();
});
afterAll(() => stage?.close());

/** Each commit draws others, so that few a run are many in a week; HOLDPOINT_TRIALS=200 takes twelve minutes. */
const RUNS = Number(process.env['HOLDPOINT_TRIALS'] ?? 30);

it('a release that is killed at any moments ends as it should', async () => {
  const seed = seedOfTest();
  console.log(`HOLDPOINT_SEED=${seed}`);
  const { took } = await tracePoints(stage);
  const trial: fc.Arbitrary<Trial> = fc
    .record({
      release: fc.constantFrom(
        // The plain ones cost the least, and go through the most that can be cut off.
        ...(['plain good', 'plain bad', 'plain good', 'plain bad', 'plain good', 'plain bad'] as const),
        ...(['good', 'bad', 'dropping'] as const),
      ),
      // Thousandths of what the release takes when nobody disturbs it. Its end is reached by those that are killed again.
      moments: fc.array(fc.nat(750), { minLength: 1, maxLength: 3 }),
    })
    .map(({ release, moments }) => ({
      release,
      kills: moments.map((moment) => ({ afterMs: Math.round((moment / 1_000) * took(release)) })),
      pace: PACE,
    }));
  // Sampled and not asserted by fast-check, which would run one after the other. Each stands for itself: nothing to shrink.
  const trials = fc.sample(trial, { seed, numRuns: RUNS });
  const reports: readonly Report[] = await runTrials(stage, trials);
  expect(complaints(reports)).toEqual([]);
  const killed = reports.flatMap((report) => report.killed);
  const resumed = reports.flatMap(({ resumedAfter }) => resumedAfter);
  console.log(`${killed.length} kills in ${RUNS} releases survived; resumed after ${spread(resumed)}`);
  expect(killed.length).toBeGreaterThan(RUNS / 2);
}, 1_200_000);
