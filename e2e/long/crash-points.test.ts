import { afterAll, beforeAll, expect, it } from 'vitest';
import { killAtAll, unreached } from '../crash/chains.ts';
import { complaints, runTrials, spread, tracePoints } from '../crash/points.ts';
import { makeStage, type Stage } from '../crash/stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await makeStage();
});
afterAll(() => stage?.close());

/** Fewer would mean that the points are no longer found, and the test proves nothing. */
const FLOOR = 150;

it('a release that is killed at any named point is completed, or taken back, by `resume`', async () => {
  const { points } = await tracePoints(stage);
  const told = points.map(({ point, certain }) => (certain ? point : `${point} (by chance)`));
  console.log(`${points.length} points:\n${told.join('\n')}`);
  expect(points.length).toBeGreaterThan(FLOOR);
  const reports = await killAtAll(points, undefined, (trials) => runTrials(stage, trials));
  expect(complaints(reports)).toEqual([]);
  expect(unreached(points, reports)).toEqual([]);
  const resumed = reports.flatMap(({ resumedAfter }) => resumedAfter);
  console.log(
    `killed at ${points.length} points in ${reports.length} releases, and survived; resumed: ${spread(resumed)}`,
  );
}, 1_200_000);
