// Drills a vault with a database and a Redis, or takes a backup of a volume, and kills itself at the step that it is told.

import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import { run } from '../../system/exec/run.ts';
import { processControl } from '../../system/postgres/process-control.ts';
import { createSet } from '../set/create.ts';
import { debtsFolder } from '../sources/catalog.ts';
import { physicalSource } from '../sources/postgres/physical.ts';
import { redisSource } from '../sources/redis/redis.ts';
import type { Source } from '../sources/source.ts';
import { volumeSource } from '../sources/volume/volume.ts';
import { archiveVault } from '../vault/archive/engine.ts';
import type { Vault } from '../vault/vault.ts';
import { createDrill } from './drill.ts';

/** The last one leaves the most. */
export const DRILL_POINTS = ['keeping', 'fetching', 'comparing', 'proving', 'serving'] as const;
export const BACKUP_POINTS = ['storing', 'stored', 'sealing'] as const;

export interface Killed {
  readonly at: (typeof DRILL_POINTS)[number] | (typeof BACKUP_POINTS)[number];
  readonly vault: string;
  readonly scratch: string;
  readonly url: string;
  readonly data: string;
  /** The backup that is drilled. */
  readonly id: string;
  /** What is backed up, and where its debts lie. */
  readonly volume?: string;
  readonly state?: string;
}

if (process.argv[1] === import.meta.filename) await work(JSON.parse(process.argv[2] ?? '') as Killed);

async function work(killed: Killed): Promise<void> {
  const { scratch, url, data, volume, state = '' } = killed;
  const die = (): void => void process.kill(process.pid, 'SIGKILL');
  const reach = (at: Killed['at']): void => {
    if (at === killed.at) die();
  };
  const vault = deadly(archiveVault({ folder: killed.vault }), reach);
  const [exec, clock] = [run, systemClock];
  if (volume !== undefined) {
    const find = async () => ({ volume, labels: {} });
    const rest = { debts: debtsFolder(state), docker: dockerThrough(run), exec, clock };
    const source = volumeSource({ label: volume, find, quiet: 'stop', ...rest });
    const request = { vault, system: 'shop', environment: 'test', sources: [source], scratch, clock };
    await createSet({ ...request, expected: [source.name] });
    return;
  }
  const server = processControl({ url, data, exec });
  const sources = [
    physicalSource({ label: 'postgres', server, exec, clock, run: runId('none') }),
    redisSource({ label: 'redis', url: async () => '', clock, kept: scratch }),
  ].map((source): Source => {
    return {
      ...source,
      async prove(...parameters) {
        reach('proving');
        return source.prove(...parameters);
      },
    };
  });
  // It is started once both servers run on what was restored.
  const command = ['sh', '-c', killed.at === 'serving' ? `kill -9 ${process.pid}` : 'true'];
  const start = { command, folder: '/' };
  const rest = { scratch, objectives: {}, random: () => 0, queries: [], clock, exec };
  await createDrill({ vault, sources, start, ...rest })({ ids: [killed.id] });
}

/** Each step, and when it is reached. */
function deadly(vault: Vault, reach: (at: Killed['at']) => void): Vault {
  return {
    ...vault,
    async fetch(...parameters) {
      // In the middle of it, or shortly after.
      setTimeout(() => reach('fetching'), 15);
      return vault.fetch(...parameters);
    },
    async read(...parameters) {
      reach('comparing');
      return vault.read(...parameters);
    },
    async keepNote(...parameters) {
      reach('keeping');
      return vault.keepNote(...parameters);
    },
    async begin(...parameters) {
      const deposit = await vault.begin(...parameters);
      return {
        ...deposit,
        async store(...what) {
          reach('storing');
          const stored = await deposit.store(...what);
          reach('stored');
          return stored;
        },
        async seal(...what) {
          reach('sealing');
          return deposit.seal(...what);
        },
      };
    },
  };
}
