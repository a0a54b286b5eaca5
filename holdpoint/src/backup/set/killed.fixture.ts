import { join } from 'node:path';
import { systemClock } from '../../system/clock.ts';
import type { Source } from '../sources/source.ts';
import { archiveVault } from '../vault/archive/engine.ts';
import { resticVault } from '../vault/restic/engine.ts';
import type { Deposit, Vault } from '../vault/vault.ts';
import { createSet } from './create.ts';
import { folderSource } from './folder-source.fixture.ts';

/** What the process is told: where it works, and at which point it dies. */
export interface Killed {
  readonly folder: string;
  readonly engine: 'archive' | 'restic';
  readonly point: Point;
  /** Milliseconds after the point. */
  readonly after?: number;
}

export const POINTS = ['begun', 'captured', 'storing', 'stored', 'listed', 'sealing', 'sealed'] as const;
export type Point = (typeof POINTS)[number];

export function vaultOf({ folder, engine }: Pick<Killed, 'folder' | 'engine'>): Vault {
  if (engine === 'archive') return archiveVault({ folder: join(folder, 'vault') });
  return resticVault({
    ...{ repository: join(folder, 'vault'), passwordFile: join(folder, 'password'), clock: systemClock },
    environment: { RESTIC_CACHE_DIR: join(folder, 'cache') },
  });
}

const given = process.argv[2];
if (given !== undefined && process.argv[1] === import.meta.filename) await createAndDie(JSON.parse(given));

/** Dies like a machine without power, at one point of taking a backup. */
async function createAndDie(killed: Killed): Promise<void> {
  const { folder, point, after } = killed;
  const reach = async (name: Point): Promise<void> => {
    if (name !== point) return;
    if (after !== undefined) setTimeout(() => process.kill(process.pid, 'SIGKILL'), after);
    else process.kill(process.pid, 'SIGKILL');
  };
  const vault = vaultOf(killed);
  const dying: Vault = {
    ...vault,
    async begin(backup, signal) {
      const deposit = await vault.begin(backup, signal);
      await reach('begun');
      return dyingDeposit(deposit, reach);
    },
  };
  const uploads = folderSource('uploads', join(folder, 'uploads'), () => Date.now());
  const source: Source = {
    ...uploads,
    capture: (scratch, use) =>
      uploads.capture(scratch, async (lent) => {
        await reach('captured');
        return use(lent);
      }),
  };
  await createSet({
    ...{ vault: dying, system: 'shop', environment: 'production', sources: [source] },
    ...{ expected: [source.name], scratch: join(folder, 'scratch'), clock: systemClock },
  });
}

function dyingDeposit(deposit: Deposit, reach: (name: Point) => Promise<void>): Deposit {
  return {
    ...deposit,
    async store(...parameters) {
      await reach('storing');
      const stored = await deposit.store(...parameters);
      await reach('stored');
      return stored;
    },
    async write(...parameters) {
      const stored = await deposit.write(...parameters);
      await reach('listed');
      return stored;
    },
    async seal(...parameters) {
      await reach('sealing');
      await deposit.seal(...parameters);
      await reach('sealed');
    },
  };
}
