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

/** Each commit draws another third of the points, since all of them were killed at once elsewhere; HOLDPOINT_TRIALS takes all. */
const ONE_IN = process.env['HOLDPOINT_TRIALS'] === undefined ? 3 : 1;

it('a release that is killed at any named point, and again while it is resumed, still ends as it should', async () => {
  const seed = seedOfTest();
  console.log(`HOLDPOINT_SEED=${seed}`);
  const roll = dice(seed);
  const points = (await tracePoints(stage)).points.filter(() => roll(1, ONE_IN) === 1);
  const reports = await killAtAll(points, roll, (trials) => runTrials(stage, trials));
  expect(complaints(reports)).toEqual([]);
  expect(unreached(points, reports)).toEqual([]);
  expect(points.length).toBeGreaterThan(20);
  const kills = reports.reduce((sum, { killed }) => sum + killed.length, 0);
  const resumed = reports.flatMap(({ resumedAfter }) => resumedAfter);
  console.log(`${kills} kills in ${reports.length} releases survived; resumed: ${spread(resumed)}`);
}, 1_200_000);
