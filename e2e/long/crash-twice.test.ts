import { afterAll, beforeAll, expect, it } from 'vitest';
import { chains, unreached } from '../crash/chains.ts';
import { dice, seedOfTest } from '../crash/dice.ts';
import { complaints, spread, tracePoints } from '../crash/points.ts';
import { sideBySide } from '../crash/side-by-side.ts';
import { makeStage, type Stage } from '../crash/stage.ts';
import { type Report, runTrial, type Trial, WIDTH } from '../crash/trial.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await makeStage();
});
afterAll(() => stage?.close());

it('a release that is killed at any named point, and again while it is resumed, still ends as it should', async () => {
  const seed = seedOfTest();
  console.log(`HOLDPOINT_SEED=${seed}`);
  const roll = dice(seed);
  const { points } = await tracePoints(stage);
  const run = (trials: readonly Trial[]): Promise<readonly Report[]> =>
    sideBySide(trials, WIDTH, (trial) => runTrial(stage, trial));
  const reports = [...(await run(chains(points, roll)))];
  // A second kill may have come so late that a later point of the chain was passed by then: that one gets its own trial.
  const left = unreached(points, reports);
  reports.push(...(await run(chains(left, roll, 1))));
  expect(complaints(reports)).toEqual([]);
  expect(unreached(points, reports)).toEqual([]);
  const kills = reports.reduce((sum, { killed }) => sum + killed.length, 0);
  const resumed = reports.flatMap(({ resumedAfter }) => resumedAfter);
  console.log(
    `${kills} kills in ${reports.length} releases survived; resumed after ${spread(resumed)}; on their own: ${left.length}`,
  );
}, 1_200_000);
