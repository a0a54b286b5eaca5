import { afterAll, beforeAll, expect, it } from 'vitest';
import { dice, seedOfTest } from '../crash/dice.ts';
import { complaints, spread, tracePoints } from '../crash/points.ts';
import { sideBySide } from '../crash/side-by-side.ts';
import { makeStage, type Stage } from '../crash/stage.ts';
import { runTrial, WIDTH } from '../crash/trial.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await makeStage();
});
afterAll(() => stage?.close());

/** Fewer would mean that the points are no longer found, and the test proves nothing. */
const FLOOR = 120;

it('a release that is killed at any named point is completed, or taken back, by `resume`', async () => {
  const seed = seedOfTest();
  const roll = dice(seed);
  const { points } = await tracePoints(stage);
  console.log(
    `HOLDPOINT_SEED=${seed}: ${points.length} points\n${points.map(({ point }) => point).join('\n')}`,
  );
  expect(points.length).toBeGreaterThan(FLOOR);
  const trials = points.map(({ release, point, times }) => ({
    release,
    kills: [{ at: point, nth: roll(1, times) }],
    pace: 40,
  }));
  const reports = await sideBySide(trials, WIDTH, (trial) => runTrial(stage, trial));
  expect(complaints(reports)).toEqual([]);
  const survived = reports.filter(({ killed }) => killed.length === 1).length;
  const resumed = reports.flatMap(({ resumedAfter }) => resumedAfter);
  console.log(
    `killed at ${survived} of ${points.length} points and survived; resumed after ${spread(resumed)}`,
  );
  expect(survived).toBe(points.length);
}, 1_200_000);
