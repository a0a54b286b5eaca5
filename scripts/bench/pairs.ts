import type { LoadTotals } from '../tour/load.ts';
import { GOOD, OLD } from '../tour/repository.ts';
import { rollByHand } from './by-hand.ts';
import { deploy, holdpoint, millisecondsOf, type Run } from './by-holdpoint.ts';
import { migrate, type Stage, underLoad } from './stage.ts';

const DONE = 0;
const ROLLED_BACK = 11;

/** The good release by Holdpoint, and back again. */
export interface ByHoldpoint {
  readonly deployed: Run;
  readonly there: LoadTotals;
  /** Undefined where the release was rolled back by itself: then the way back is part of the way there. */
  readonly back?: { readonly totals: LoadTotals; readonly milliseconds: number };
  /** Milliseconds of the two phases that a script would do by hand. */
  readonly migrateAndDeploy: number;
}

/** A machine that is too busy fails the smoke test's limits; such a release counts, and is told apart. */
export async function byHoldpoint(stage: Stage, rate: number): Promise<ByHoldpoint> {
  const there = await underLoad(stage, rate, () => deploy(stage, GOOD, [DONE, ROLLED_BACK]));
  const deployed = there.result;
  const own = {
    deployed,
    there: there.totals,
    migrateAndDeploy: millisecondsOf(deployed, 'migrate') + millisecondsOf(deployed, 'deploy'),
  };
  const promoted = deployed.state.rollback === undefined;
  const back = promoted ? await goBack(stage, rate) : undefined;
  await migrate(stage, 'down');
  return { ...own, ...(back === undefined ? {} : { back }) };
}

async function goBack(stage: Stage, rate: number): Promise<NonNullable<ByHoldpoint['back']>> {
  const { result, totals } = await underLoad(stage, rate, () =>
    holdpoint(stage, ['rollback', '--as', 'Ada', '--reason', 'measured'], [ROLLED_BACK]),
  );
  return { totals, milliseconds: millisecondsOf(result, 'rollback') };
}

export interface ByHand {
  readonly migrateAndDeploy: number;
  readonly totals: LoadTotals;
}

/** The same two phases by a plain script. The way back is not measured. */
export async function byHand(stage: Stage, rate: number): Promise<ByHand> {
  const { result, totals } = await underLoad(stage, rate, async () => {
    const began = performance.now();
    await migrate(stage, 'up');
    return performance.now() - began + (await rollByHand(stage, GOOD));
  });
  await rollByHand(stage, OLD);
  await migrate(stage, 'down');
  return { migrateAndDeploy: result, totals };
}
