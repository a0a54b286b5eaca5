import { access, rename } from 'node:fs/promises';
import { explain, HoldpointError } from '../../kernel/errors.ts';
import { startContainer, stopContainer, unpauseContainer } from '../../system/docker/commands.ts';
import type { Docker } from '../../system/docker/docker.ts';
import type { Debt } from './debt.ts';
import { type Entry, openDebts, strike } from './ledger.ts';

const START_WITHIN = 120_000;
/** Seconds that a container gets to end by itself, however short its own time is: a database may write for long. */
export const STOP_WITHIN = 120;
/** Milliseconds after the engine was asked to stop one in which it may still be ending. */
export const ENDING = (STOP_WITHIN + 30) * 1_000;

export interface Payment {
  /** What it was stopped for. */
  readonly why: string;
  /** `started backend_1`, in the order in which it was done; empty when all of it ran already. */
  readonly done: readonly string[];
}

/**
 * Makes good what processes that died have left undone: data that was moved aside goes back, and containers that ran
 * before run again. Nothing else is started. Cheap where nothing is owed. To be called before any other work.
 * Throws `command-failed` naming what still does not run; that stays owed.
 */
export async function payDebts(folder: string, docker: Docker, now: number): Promise<readonly Payment[]> {
  const payments: Payment[] = [];
  const faults: string[] = [];
  for (const entry of await openDebts(folder, now)) {
    try {
      payments.push({ why: entry.debt.why, done: await pay(entry, docker, now) });
    } catch (error) {
      faults.push(`${entry.debt.why}: ${explain(error)}`);
    }
  }
  if (faults.length === 0) return payments;
  throw new HoldpointError('command-failed', 'what an earlier command has stopped does not run again', {
    details: faults,
    next: 'Start it by hand with `docker start`, or mend what keeps it from starting and run any command again.',
  });
}

/** Pays one debt and strikes it out. May be repeated. Each container is tried, whatever became of the others. */
export async function pay(entry: Entry, docker: Docker, now: number): Promise<readonly string[]> {
  const done: string[] = [];
  for (const { from, to } of entry.debt.moves) {
    if ((await isThere(to)) || !(await isThere(from))) continue;
    await rename(from, to);
    done.push(`put ${to} back`);
  }
  const faults: string[] = [];
  for (const container of entry.debt.containers) {
    const said = await revive(container, docker, now - entry.debt.at < ENDING ? entry.debt.at : 0).catch(
      (error: unknown) => {
        faults.push(`${container.name}: ${explain(error)}`);
        return undefined;
      },
    );
    if (said !== undefined) done.push(said);
  }
  if (faults.length > 0) {
    throw new HoldpointError('command-failed', 'a container that was stopped does not run again', {
      details: faults,
      next: 'Read `docker logs` of it and start it with `docker start`.',
    });
  }
  await strike(entry);
  return done;
}

/** Undefined when it runs already, or is not there any more: then somebody has replaced it meanwhile. */
async function revive(
  { id, name, how }: Debt['containers'][number],
  docker: Docker,
  askedToEnd: number,
): Promise<string | undefined> {
  const found = await docker.container(id);
  if (found === undefined || found.status === 'removing') return undefined;
  if (found.status === 'paused') {
    await docker.perform(unpauseContainer(id), { what: `let ${name} go on`, timeout: START_WITHIN });
    return `let ${name} go on`;
  }
  if (found.status === 'running' || found.status === 'restarting') {
    // The engine goes on stopping it though nobody waits for that any more: it runs now, and is gone in a moment.
    const mayBeEnding = how === 'stop' && found.startedAt < askedToEnd;
    if (!mayBeEnding) return undefined;
    await docker.perform(stopContainer(id, STOP_WITHIN), { what: `stop ${name}`, timeout: ENDING });
  }
  await docker.perform(startContainer(id), { what: `start ${name}`, timeout: START_WITHIN });
  return `started ${name}`;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
