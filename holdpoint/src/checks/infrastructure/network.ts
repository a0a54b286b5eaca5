import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Replica } from '../../targets/target.ts';
import { isLoopback } from '../addresses.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { type Listener, machineListeners, socketsOf } from './listeners.ts';
import { lookAtPublished } from './published.ts';

const ID = checkId('infrastructure.network');

const Settings = z.strictObject({
  /** Services that are meant to be reached from outside, besides the edge. */
  open: z.array(z.string()).default([]),
  /** For compose: whether all others may be in internal networks only. */
  internal: z.boolean().default(false),
});

interface ReplicaListeners {
  readonly replica: string;
  readonly listeners: readonly Pick<Listener, 'address' | 'port'>[];
}

export function judgeNetwork(replicas: readonly ReplicaListeners[]): Evidence {
  const all = replicas.flatMap(({ listeners }) => listeners);
  const faults = replicas.flatMap(({ replica, listeners }) =>
    listeners
      .filter(({ address }) => !isLoopback(address))
      .map(({ address, port }) => `${replica} listens on ${address} port ${port}`),
  );
  if (faults.length === 0 && all.length === 0) {
    return inconclusive(
      'no listening replica was found',
      'Start the system and check again as the same user.',
    );
  }
  return judgeFaults(
    faults,
    `${all.length} sockets of ${replicas.length} replicas listen on the loopback only`,
    {
      next: 'Let the replicas listen on 127.0.0.1, so that they are reached through the edge alone.',
    },
  );
}

/** The sockets of its process, and whatever listens on the port where it answers. */
async function listenersOf(replica: Replica, machine: readonly Listener[]): Promise<ReplicaListeners> {
  const port = Number(/:(\d+)$/.exec(replica.address ?? '')?.[1] ?? Number.NaN);
  const own = replica.pid === undefined ? new Set<string>() : await socketsOf(replica.pid);
  const listeners = machine.filter((one) => one.port === port || own.has(one.inode));
  return { replica: replica.id, listeners };
}

export const network: Check = {
  id: ID,
  timeLimit: 10_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    if (subject.target === 'compose') return lookAtPublished(subject, probe, settings);
    const { open } = settings;
    const machine = await machineListeners();
    if (machine === undefined) {
      return inconclusive('this system does not tell its sockets', 'Let a person look, and sign.');
    }
    const running = subject.world.replicas.filter(
      ({ state, service }) => state !== 'dead' && !open.includes(service),
    );
    return judgeNetwork(await Promise.all(running.map((replica) => listenersOf(replica, machine))));
  },
};
