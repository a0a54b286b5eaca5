import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedOfTest } from '../crash/dice.ts';
import { complaints, spread, tracePoints } from '../crash/points.ts';
import { sideBySide } from '../crash/side-by-side.ts';
import { makeStage, type Stage } from '../crash/stage.ts';
import { type Report, runTrial, type Trial, WIDTH } from '../crash/trial.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await makeStage();
});
afterAll(() => stage?.close());

const RUNS = 200;

it('a release that is killed at any moments ends as it should', async () => {
  const seed = seedOfTest();
  console.log(`HOLDPOINT_SEED=${seed}`);
  const { took } = await tracePoints(stage);
  const trial: fc.Arbitrary<Trial> = fc.record({
    release: fc.constantFrom('good', 'bad'),
    kills: fc.array(fc.record({ afterMs: fc.nat(Math.round(took)) }), { minLength: 1, maxLength: 3 }),
    pace: fc.constant(40),
  });
  // Sampled and not asserted by fast-check, which would run one after the other. Each stands for itself: nothing to shrink.
  const trials = fc.sample(trial, { seed, numRuns: RUNS });
  const reports: readonly Report[] = await sideBySide(trials, WIDTH, (one) => runTrial(stage, one));
  expect(complaints(reports)).toEqual([]);
  const killed = reports.flatMap((report) => report.killed);
  const resumed = reports.flatMap(({ resumedAfter }) => resumedAfter);
  console.log(`${killed.length} kills in ${RUNS} releases survived; resumed after ${spread(resumed)}`);
  expect(killed.length).toBeGreaterThan(RUNS / 2);
}, 1_200_000);
