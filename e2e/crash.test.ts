import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Trial } from './crash/course.ts';
import { complaints, spread } from './crash/points.ts';
import { sideBySide } from './crash/side-by-side.ts';
import { makeStage, type Stage } from './crash/stage.ts';
import { runTrial } from './crash/trial.ts';

/** A sample of what e2e/long kills at every named point. */
const TRIALS: readonly Trial[] = [
  { release: 'good', kills: [{ at: 'migrate/up done · before', nth: 1 }] },
  { release: 'plain good', kills: [{ at: 'backup/create intended · after', nth: 1 }] },
  { release: 'plain good', kills: [{ at: 'deploy/web/start done · before', nth: 2 }, { afterPoints: 4 }] },
  { release: 'plain good', kills: [{ at: 'deploy/web/drain done · before', nth: 1 }] },
  { release: 'plain bad', kills: [{ at: 'rollback.decided · after', nth: 1 }, { afterPoints: 20 }] },
  {
    release: 'plain bad',
    kills: [{ at: 'rollback/web/unroute intended · after', nth: 1 }, { afterMs: 400 }],
  },
];

let stage: Stage;

beforeAll(async () => {
  stage = await makeStage();
});
afterAll(() => stage?.close());

it('a release that is killed between intent, effect and outcome goes on by `resume`, and does nothing twice', async () => {
  const reports = await sideBySide(TRIALS, 3, (trial) => runTrial(stage, trial));
  expect(complaints(reports)).toEqual([]);
  for (const { trial, killed } of reports) expect(killed).toHaveLength(trial.kills.length);
  console.log(`resumed after ${spread(reports.flatMap(({ resumedAfter }) => resumedAfter))}`);
}, 240_000);
