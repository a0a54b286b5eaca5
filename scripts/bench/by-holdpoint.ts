import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { LoggedEvent } from '../../holdpoint/src/release/events.ts';
import { fold } from '../../holdpoint/src/release/fold.ts';
import type { PhaseName } from '../../holdpoint/src/release/phase-names.ts';
import type { RunState } from '../../holdpoint/src/release/state.ts';
import { marked } from '../tour/clear.ts';
import { checkOut } from '../tour/repository.ts';
import type { Variables } from '../tour/surroundings.ts';
import { environmentOf, type Stage } from './stage.ts';

/** One run as its log tells it. */
export interface Run {
  readonly events: readonly LoggedEvent[];
  readonly state: RunState;
}

/** Milliseconds for one command: longer than any of them takes. */
const LIMIT = 240_000;

/** Runs `holdpoint` and returns the newest run. Throws, with what was printed, when it ends with another status. */
export async function holdpoint(
  stage: Stage,
  args: readonly string[],
  expected: readonly number[],
  others: Variables = {},
): Promise<Run> {
  const { place, log, signal } = stage;
  signal.throwIfAborted();
  const child = spawn(place.node, [place.command, ...args], {
    cwd: place.project,
    env: { ...environmentOf(stage, others), ...marked(place.project) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
  const [status] = (await once(child, 'close')) as [number | null];
  if (status === null || !expected.includes(status))
    throw new Error(
      `holdpoint ${args.join(' ')} ended with ${status}, not ${expected.join(' or ')}:\n${said}`,
    );
  const [newest] = await log.runs();
  if (newest === undefined) throw new Error('no run was logged');
  const events = await log.read(newest.run);
  return { events, state: fold(events) };
}

/** Deploys with three demo people answering. */
export async function deploy(
  stage: Stage,
  version: string,
  expected: readonly number[],
  others: Variables = {},
): Promise<Run> {
  await checkOut(stage.place.project, version);
  return holdpoint(stage, ['deploy', version, '--demo'], expected, others);
}

/** Milliseconds of a phase; NaN when it was not run to its end. */
export function millisecondsOf({ state }: Run, phase: PhaseName): number {
  const { startedAt = Number.NaN, endedAt = Number.NaN } = state.phases.get(phase) ?? {};
  return endedAt - startedAt;
}
