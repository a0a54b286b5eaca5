import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSets } from '../../backup/set/backups.ts';
import { folderSource } from '../../backup/set/folder-source.fixture.ts';
import { keepProof } from '../../backup/set/proof.ts';
import { flip } from '../../backup/vault/archive/damage.fixture.ts';
import { archiveVault } from '../../backup/vault/archive/engine.ts';
import { run } from '../../system/exec/run.ts';
import { runCli } from '../run-cli.ts';
import { fakeHouse, NOW } from '../scenarios/house.fixture.ts';

const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('zstd');
const found = await run({ program: 'zstd', args: ['-V'] }, { timeout: 10_000 }).catch(() => undefined);
if (found === undefined && !required) console.log('skipped: there is no zstd on this machine');
const able = found !== undefined || required;

const SPECIFICATION = `version: 1
name: Shop
target:
  kind: process
  releases: releases/{version}
  services:
    backend: { command: [node, server.js], routed: false }
`;
let folder: string;
let now: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-backup-door-'));
  now = NOW;
  await writeFile(join(folder, 'holdpoint.yaml'), SPECIFICATION);
  await mkdir(join(folder, 'uploads'));
  await writeFile(join(folder, 'uploads/a.txt'), 'first\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a command on real archives of one folder; a drill passes whatever it is asked. */
async function holdpoint(...words: readonly string[]) {
  const { house, printed } = fakeHouse(folder);
  const vault = archiveVault({ folder: join(folder, 'vault') });
  const sets = openSets({
    ...{ vault, system: 'Shop', environment: 'production', scratch: join(folder, 'scratch') },
    clock: { now: () => now, wait: async () => undefined },
    policy: { last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, zone: 'UTC' },
    sources: () => [folderSource('uploads', join(folder, 'uploads'), () => now)],
    liveRuns: async () => [],
    note: join(folder, 'note.json'),
    exclusively: (_what, work, signal) => work(signal ?? new AbortController().signal),
    async drill({ ids }) {
      const [id = ''] = ids ?? (await vault.list());
      const passed = { verdict: 'pass', summary: 'restored' } as const;
      await keepProof(vault, id, await vault.manifest(id), { at: now, ...passed });
      return {
        ...{ at: now, evidence: passed },
        backups: [{ id, at: now, evidence: passed, times: { fetch: 1_200 }, parts: [] }],
        rpo: { measured: 60_000, objective: 3_600_000 },
        rto: { measured: 1_200, objective: undefined },
      };
    },
  });
  const openProject: typeof house.openProject = async (options) => ({
    ...(await house.openProject(options)),
    sets,
  });
  const status = await runCli(words, { ...house, openProject });
  return { status, text: printed.join('\n') };
}

test.runIf(able)('a backup is taken, listed, verified, and put back as the time asks', async () => {
  const created = await holdpoint('backup', 'create');
  expect(created.status).toBe(0);
  expect(created.text).toContain('20260301T200100Z-production is in ');
  now += 3_600_000;
  await writeFile(join(folder, 'uploads/a.txt'), 'second\n');
  await holdpoint('backup', 'create');
  const { text: list } = await holdpoint('backup', 'list');
  expect(list.split('\n').map((line) => line.slice(0, 27))).toEqual([
    '20260301T210100Z-production',
    '20260301T200100Z-production',
  ]);
  expect(list).toContain('not proven  volume:uploads');
  expect((await holdpoint('backup', 'verify')).text).toContain('pass: 1 files, 7 B, each as it was');
  const refused = await holdpoint('backup', 'restore', '-t', '2026-03-01T20:30:00Z');
  expect(refused).toMatchObject({ status: 64, text: expect.stringContaining('next: Add --yes.') });
  expect(await readFile(join(folder, 'uploads/a.txt'), 'utf8')).toBe('second\n');
  const restored = await holdpoint('backup', 'restore', '-t', '2026-03-01T20:30:00Z', '--yes');
  expect(restored.status).toBe(0);
  expect(restored.text).toContain(
    '20260301T200100Z-production of 2026-03-01T20:01:00.000Z is the nearest before 2026-03-01T20:30:00Z',
  );
  expect(restored.text).toContain(`what was there before: ${join(folder, 'uploads.before')}`);
  expect(await readFile(join(folder, 'uploads/a.txt'), 'utf8')).toBe('first\n');
});

test.runIf(able)('a damaged backup ends with 10, and each part says what is wrong', async () => {
  await holdpoint('backup', 'create');
  const id = '20260301T200100Z-production';
  await flip(join(folder, 'vault', id, 'parts/volume+uploads.tar.zst'), 30);
  const verified = await holdpoint('backup', 'verify', '--json');
  expect(verified.status).toBe(10);
  expect(JSON.parse(verified.text)).toMatchObject({
    ...{ command: 'backup verify', exit: 10, verdict: 'fail', backup: id },
    parts: [{ source: 'volume:uploads', verdict: 'fail' }],
  });
  expect((await holdpoint('backup', 'restore', '--yes')).status).toBe(10);
  await flip(join(folder, 'vault', id, 'manifest.json'), 12);
  expect(await holdpoint('backup', 'list')).toMatchObject({
    status: 10,
    text: expect.stringContaining('DAMAGED'),
  });
});

test.runIf(able)(
  'a drill prints its times against the objectives, and keeps its backup from going',
  async () => {
    for (let day = 0; day < 3; day += 1) {
      await holdpoint('backup', 'create');
      now += 86_400_000;
    }
    const drilled = await holdpoint('backup', 'drill', '-t', '2026-03-01T20:01:00Z');
    expect(drilled.status).toBe(0);
    expect(drilled.text).toContain('may be lost (RPO): 1 min, objective 1 h');
    expect(drilled.text).toContain('fetch 1.2 s');
    const dry = await holdpoint('backup', 'prune', '--dry-run', '--json');
    expect(JSON.parse(dry.text)).toMatchObject({ dry: true, removed: ['20260302T200100Z-production'] });
    const pruned = await holdpoint('backup', 'prune');
    expect(pruned.text).toContain('newest verified');
    expect((await holdpoint('backup', 'list', '--json')).text).toContain('"verdict":"pass"');
    expect(JSON.parse((await holdpoint('backup', 'list', '--json')).text).backups).toHaveLength(2);
  },
);
