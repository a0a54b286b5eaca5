import { afterAll, beforeAll, expect, it } from 'vitest';
import { killAtAll, unreached } from '../crash/chains.ts';
import { dice, seedOfTest } from '../crash/dice.ts';
import { complaints, runTrials, spread, tracePoints } from '../crash/points.ts';
import { makeStage, type Stage } from '../crash/stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await makeStage();
});
afterAll(() => stage?.close());

it('a release that is killed at any named point, and again while it is resumed, still ends as it should', async () => {
  const seed = seedOfTest();
  console.log(`HOLDPOINT_SEED=${seed}`);
  const { points } = await tracePoints(stage);
  const reports = await killAtAll(points, dice(seed), (trials) => runTrials(stage, trials));
  expect(complaints(reports)).toEqual([]);
  expect(unreached(points, reports)).toEqual([]);
  const kills = reports.reduce((sum, { killed }) => sum + killed.length, 0);
  const resumed = reports.flatMap(({ resumedAfter }) => resumedAfter);
  console.log(`${kills} kills in ${reports.length} releases survived; resumed: ${spread(resumed)}`);
}, 1_200_000);
