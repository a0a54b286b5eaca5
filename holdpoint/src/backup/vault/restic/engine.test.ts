import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { systemClock } from '../../../system/clock.ts';
import { run } from '../../../system/exec/run.ts';
import { damages } from '../archive/damage.fixture.ts';
import { describeVaultContract } from '../contract.ts';
import { resticVault } from './engine.ts';

const names = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',');
const required = names.includes('restic');
const found = await run({ program: 'restic', args: ['version'] }, { timeout: 10_000 }).catch(() => undefined);
if (found === undefined && !required) console.log('skipped: there is no restic on this machine');

describe.runIf(found !== undefined || required)('a repository of restic in a folder', () => {
  describeVaultContract(
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'holdpoint-restic-'));
      const passwordFile = join(folder, 'password');
      await writeFile(passwordFile, 'correct horse\n');
      const repository = join(folder, 'repository');
      const open = () =>
        resticVault({
          ...{ repository, passwordFile, clock: systemClock },
          environment: { RESTIC_CACHE_DIR: join(folder, 'cache') },
        });
      return {
        vault: open(),
        reopen: open,
        ...damages(join(repository, 'data')),
        remove: () => rm(folder, { recursive: true, force: true }),
      };
      // restic asks ten times for what it does not find, for most of a minute.
    },
    names.includes('long') ? undefined : ['flipBit'],
  );
});
