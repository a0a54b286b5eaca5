import { HoldpointError } from '../../kernel/errors.ts';
import { pauseContainer, stopContainer } from '../../system/docker/commands.ts';
import type { Docker } from '../../system/docker/docker.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';
import { removedWhenStopped } from '../../system/docker/storage.ts';
import type { Debt } from './debt.ts';
import { owe, oweMore } from './ledger.ts';
import { ENDING, pay, STOP_WITHIN } from './pay.ts';

export interface Quieting {
  readonly docker: Docker;
  /** Where debts are kept: a folder of the project that outlives this process. */
  readonly debts: string;
  readonly now: () => number;
  /** For people: `backup of the volume uploads`. */
  readonly why: string;
  readonly how: Debt['containers'][number]['how'];
  readonly signal?: AbortSignal | undefined;
}

/** To be called before data is moved aside: what puts it back should this process die. */
export type OweMove = (move: Debt['moves'][number]) => Promise<void>;

/**
 * Stops or pauses those of the containers that run, in front of `use`, and starts exactly them again after it, whatever
 * happened. What has to be started is on the disk before the first one stops, for `payDebts` after a kill.
 * Throws `configuration` for a container that would be gone once it stops, `command-failed` when one does not run again.
 */
export async function whileQuiet<Result>(
  quieting: Quieting,
  containers: readonly ContainerFacts[],
  use: (oweMove: OweMove) => Promise<Result>,
): Promise<Result> {
  const { docker, debts, now, why, how, signal } = quieting;
  const working = containers.filter(({ status }) => status === 'running' || status === 'restarting');
  if (how === 'stop') await assertKept(docker, working, signal);
  signal?.throwIfAborted();
  let entry = await owe(debts, {
    at: now(),
    why,
    containers: working.map(({ id, name }) => ({ id, name, how })),
    moves: [],
  });
  const { stopBeating } = entry;
  let failure: { readonly thrown: unknown } | undefined;
  try {
    await still(docker, working, how);
    signal?.throwIfAborted();
    return await use(async (move) => {
      entry = { ...(await oweMore(entry, [move])), stopBeating };
    });
  } catch (thrown) {
    failure = { thrown };
    throw thrown;
  } finally {
    // Without the signal: an abort is the very time at which it must run again.
    await pay(entry, docker, now())
      .catch((error: unknown) => {
        if (failure === undefined || !(error instanceof HoldpointError)) throw error;
        const { code, message, details, next } = error;
        throw new HoldpointError(code, message, {
          cause: failure.thrown,
          details,
          ...(next === undefined ? {} : { next }),
        });
      })
      .finally(stopBeating);
  }
}

async function still(
  docker: Docker,
  containers: readonly ContainerFacts[],
  how: Quieting['how'],
): Promise<void> {
  // Not to be cut off: the engine would go on stopping a container that seems to run still.
  const all = await Promise.allSettled(
    containers.map(({ id, name }) =>
      docker.perform(how === 'stop' ? stopContainer(id, STOP_WITHIN) : pauseContainer(id), {
        what: `${how} ${name}`,
        timeout: ENDING,
      }),
    ),
  );
  for (const each of all) if (each.status === 'rejected') throw each.reason;
}

async function assertKept(
  docker: Docker,
  containers: readonly ContainerFacts[],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (containers.length === 0) return;
  const ids = containers.map(({ id }) => id);
  const { stdout } = await docker.perform(removedWhenStopped(ids), {
    what: 'look at the containers',
    timeout: 30_000,
    signal,
  });
  const lines = stdout.trim().split('\n');
  const gone = containers.filter((_container, index) => lines[index]?.trim() === 'true');
  if (gone.length === 0) return;
  throw new HoldpointError(
    'configuration',
    `the engine would remove ${gone.map(({ name }) => name).join(', ')} on stopping, and nothing could start it again`,
    { next: 'Run it without `--rm`, or set `quiet: pause` in `backups`.' },
  );
}
