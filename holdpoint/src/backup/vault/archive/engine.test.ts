import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { run } from '../../../system/exec/run.ts';
import { describeVaultContract, type VaultStage } from '../contract.ts';
import { damages } from './damage.fixture.ts';
import { type ArchiveOptions, archiveVault } from './engine.ts';

const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',');
const has = async (program: string): Promise<boolean> =>
  (await run({ program, args: ['--version'] }, { timeout: 10_000 }).catch(() => undefined)) !== undefined;
const zstd = await has('zstd');
const age = zstd && (await has('age-keygen'));
if (!zstd && !required.includes('zstd')) console.log('skipped: there is no zstd on this machine');
if (!age && !required.includes('age')) console.log('skipped: there is no age on this machine');

const stageOf = (folder: string, options: ArchiveOptions): VaultStage => ({
  vault: archiveVault(options),
  reopen: () => archiveVault(options),
  ...damages(options.folder),
  remove: () => rm(folder, { recursive: true, force: true }),
});

describe.runIf(zstd || required.includes('zstd'))('a folder of archives', () => {
  describeVaultContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdpoint-archive-'));
    return stageOf(folder, { folder: join(folder, 'vault') });
  });
});

describe.runIf(age || required.includes('age'))('a folder of archives, encrypted with age', () => {
  describeVaultContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdpoint-archive-'));
    const identity = join(folder, 'key');
    const made = await run({ program: 'age-keygen', args: ['-o', identity] }, { timeout: 10_000 });
    const recipient = /age1\w+/.exec(made.stderr)?.[0] ?? '';
    return stageOf(folder, { folder: join(folder, 'vault'), recipients: [recipient], identity });
  });
});
