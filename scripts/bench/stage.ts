import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openSqliteLog } from '../../holdpoint/src/release/log/sqlite.ts';
import { readSpecification } from '../../holdpoint/src/release/specification/read.ts';
import { systemClock } from '../../holdpoint/src/system/clock.ts';
import { run } from '../../holdpoint/src/system/exec/run.ts';
import { http } from '../../holdpoint/src/system/http.ts';
import { createTarget } from '../../holdpoint/src/targets/catalog.ts';
import type { Target } from '../../holdpoint/src/targets/target.ts';
import { type LoadTotals, startLoad } from '../tour/load.ts';
import type { Place } from '../tour/place.ts';
import { GOOD } from '../tour/repository.ts';
import { type Surroundings, startSurroundings, type Variables } from '../tour/surroundings.ts';

/** The newest migration that 1.9.0 knows. */
const OLD_SCHEMA = '3';

/** The system in service, and the eyes of the measurement on it. */
export interface Stage {
  readonly place: Place;
  readonly surroundings: Surroundings;
  /** Where Holdpoint keeps its records and its log. */
  readonly state: string;
  readonly specification: Awaited<ReturnType<typeof readSpecification>>['specification'];
  /** Only looked at and asked for plans: what Holdpoint does is done by the command. */
  readonly target: Pick<Target, 'resolve' | 'inspect' | 'roll'>;
  readonly signal: AbortSignal;
  readonly log: Pick<ReturnType<typeof openSqliteLog>, 'runs' | 'read' | 'close'>;
}

export async function openStage(place: Place, timeScale: number, signal: AbortSignal): Promise<Stage> {
  const surroundings = await startSurroundings(place, { timeScale, signal });
  const variables = { ...process.env, ...surroundings.variables };
  const { specification, folder } = await readSpecification(join(place.project, 'holdpoint.yaml'), variables);
  const state = join(folder, specification.state, specification.environment);
  const settings = specification.target;
  const context = { folder, state, variables, exec: run, http, clock: systemClock };
  const target = await createTarget(settings, context);
  const log = openSqliteLog(join(state, 'runs.sqlite'));
  return { place, surroundings, state, specification, target, signal, log };
}

/** Applies or takes back the one migration between the two versions, by the release's own program. */
export async function migrate({ place, surroundings }: Stage, way: 'up' | 'down'): Promise<void> {
  const program = join(place.project, 'releases', GOOD, 'migrate.mjs');
  const to = way === 'up' ? [] : ['--to', OLD_SCHEMA];
  const env = { ...process.env, ...surroundings.variables };
  await promisify(execFile)(place.node, [program, way, ...to, '--json'], { cwd: place.project, env });
}

export interface Loaded<Result> {
  readonly result: Result;
  readonly totals: LoadTotals;
}

/** Does something under load; the totals are taken after every request and every event has been accounted for. */
export async function underLoad<Result>(
  { place, surroundings, signal }: Stage,
  rate: number,
  use: () => Promise<Result>,
): Promise<Loaded<Result>> {
  signal.throwIfAborted();
  const load = startLoad(place, surroundings, { rate, version: GOOD });
  try {
    await load.begun;
    const result = await use();
    const totals = await load.stop();
    if (totals === undefined) throw new Error('the load told nothing');
    return { result, totals };
  } finally {
    await load.stop('at once');
  }
}

/** What the commands and replicas of this system need of the environment. */
export const environmentOf = ({ surroundings }: Stage, others: Variables = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  ...surroundings.variables,
  ...others,
});
