import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../../system/exec/run.ts';
import type { Source } from '../sources/source.ts';
import { flip } from '../vault/archive/damage.fixture.ts';
import { archiveVault } from '../vault/archive/engine.ts';
import type { Vault } from '../vault/vault.ts';
import { createSet } from './create.ts';
import { fetchPart } from './fetch.ts';
import { folderSource } from './folder-source.fixture.ts';
import { listSets } from './list.ts';
import { keepProof } from './proof.ts';
import { pruneSets } from './prune.ts';
import { partsToRestore, restoreSet } from './restore.ts';
import { verifySet } from './verify.ts';

const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('zstd');
const found = await run({ program: 'zstd', args: ['-V'] }, { timeout: 10_000 }).catch(() => undefined);
if (found === undefined && !required) console.log('skipped: there is no zstd on this machine');
const able = found !== undefined || required;

const WHOSE = { system: 'shop', environment: 'production' };
let folder: string;
let vault: Vault;
let now: number;
let uploads: Source;
let models: Source;
const at = (...path: readonly string[]) => join(folder, ...path);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-set-'));
  now = Date.UTC(2026, 2, 1, 20);
  vault = archiveVault({ folder: at('vault') });
  for (const name of ['uploads', 'models']) {
    await mkdir(at(name, 'deep'), { recursive: true });
    for (let file = 0; file < 5; file += 1) await writeFile(at(name, `deep/${file}`), `${name} ${file}\n`);
  }
  uploads = folderSource('uploads', at('uploads'), () => now);
  models = folderSource('models', at('models'), () => now);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const clock = { now: () => now, wait: async () => undefined };
const create = (
  sources: readonly Source[] = [uploads, models],
  more: { run?: string; expected?: string[] } = {},
) =>
  createSet({
    ...{ ...WHOSE, vault, sources, clock, scratch: at('scratch') },
    expected: more.expected ?? sources.map(({ name }) => name),
    run: more.run,
  });
const files = () => readdir(at('vault'));

test.runIf(able)('a backup holds every source, file by file, and is verified', async () => {
  const manifest = await create();
  expect(manifest).toMatchObject({ id: '20260301T200000Z-production', parts: [{ files: 5 }, { files: 5 }] });
  const { sets } = await listSets(vault, WHOSE);
  expect(sets.map((set) => set.manifest)).toEqual([manifest]);
  const verified = await verifySet(vault, manifest, at('scratch'));
  expect(verified.map(({ evidence }) => evidence.verdict)).toEqual(['pass', 'pass']);
  expect(await readdir(at('scratch'))).toEqual([]);
  const sums = await run(
    { program: 'sha256sum', args: ['--check', '--quiet', 'SHA256SUMS'], cwd: at('vault', manifest.id) },
    { timeout: 10_000 },
  );
  expect(sums).toMatchObject({ exitCode: 0, stderr: '' });
});

test.runIf(able)('one source that fails, or is not there, is no backup at all', async () => {
  const broken = folderSource('models', at('models'), () => now, { failing: 'the disk is sick' });
  await expect(create([uploads, broken])).rejects.toMatchObject({
    message: 'no backup was made: volume:models: the disk is sick',
  });
  expect(await files()).toEqual([]);
  await expect(create([uploads], { expected: ['volume:uploads', 'volume:models'] })).rejects.toMatchObject({
    code: 'configuration',
    message: 'volume:models should be in the backup and cannot be captured',
  });
  await expect(create([])).rejects.toMatchObject({ message: 'there is nothing to back up' });
  await expect(create([uploads, uploads])).rejects.toMatchObject({ code: 'configuration' });
  expect(await readdir(at('scratch'))).toEqual([]);
});

test.runIf(able)('a file that is written to all the while is named, and there is no backup', async () => {
  const log = at('uploads', 'deep/0');
  await writeFile(log, Buffer.alloc(30 * 2 ** 20));
  const busy: Source = {
    ...uploads,
    async capture(scratch, use) {
      const ended = new AbortController();
      const script = 'while :; do printf x; done >> "$0"';
      const writing = run(
        { program: 'sh', args: ['-c', script, log] },
        { timeout: 60_000, signal: ended.signal },
      ).catch(() => undefined);
      return uploads.capture(scratch, use).finally(async () => {
        ended.abort();
        await writing;
      });
    },
  };
  await expect(create([busy])).rejects.toMatchObject({
    code: 'command-failed',
    details: expect.arrayContaining(['deep/0']),
  });
  expect(await files()).toEqual([]);
});

const damages: readonly (readonly [string, (file: string) => Promise<void>])[] = [
  ['a flipped bit', (file) => flip(file, 60)],
  ['a cut end', (file) => truncate(file, 40)],
  ['a missing file', (file) => rm(file)],
];
test.runIf(able).each(damages)('%s makes the verification red, and that part only', async (_, damage) => {
  const manifest = await create();
  await damage(at('vault', manifest.id, manifest.parts[1]?.tree.key ?? ''));
  const verified = await verifySet(vault, manifest, at('scratch'));
  expect(verified).toMatchObject([
    { source: 'volume:uploads', evidence: { verdict: 'pass' } },
    { source: 'volume:models', evidence: { verdict: 'fail' } },
  ]);
  await expect(
    restoreSet({
      vault,
      manifest,
      sources: [uploads, models],
      parts: manifest.parts,
      scratch: at('scratch'),
    }),
  ).rejects.toMatchObject({ code: 'tampered' });
  // Nothing was exchanged, although the first part was whole.
  expect((await readdir(folder)).filter((name) => name.endsWith('.before'))).toEqual([]);
});

test.runIf(able)('a damaged manifest is listed as damaged, and never removed as old', async () => {
  const first = await create();
  now += 86_400_000;
  const second = await create();
  await flip(at('vault', first.id, 'manifest.json'), 20);
  const { sets, damaged } = await listSets(vault, WHOSE);
  expect(sets.map(({ manifest }) => manifest.id)).toEqual([second.id]);
  expect(damaged).toMatchObject([{ id: first.id, problem: expect.stringContaining('not what was written') }]);
});

test.runIf(able)('what is missing, extra or changed in a copy is named', async () => {
  const manifest = await create([uploads]);
  const [part] = manifest.parts;
  if (part === undefined) throw new Error('no part');
  const odd: Vault = {
    ...vault,
    async fetch(backup, stored, into, signal) {
      await vault.fetch(backup, stored, into, signal);
      await rm(join(into, 'deep/0'));
      await writeFile(join(into, 'deep/1'), 'uploads ?\n');
      await writeFile(join(into, 'deep/9'), 'new');
    },
  };
  const into = at('into');
  await mkdir(into);
  await expect(fetchPart(odd, manifest, part, into)).rejects.toMatchObject({
    code: 'tampered',
    details: expect.arrayContaining([
      'deep/0 is missing',
      expect.stringContaining('deep/1 has another content'),
      'deep/9 was not in the backup',
    ]),
  });
});

test.runIf(able)('a restore puts every part back, and says where the present data lies', async () => {
  const manifest = await create();
  await writeFile(at('uploads', 'deep/0'), 'written since');
  const sources = [uploads, models];
  const restored = await restoreSet({
    ...{ vault, manifest, sources, scratch: at('scratch') },
    parts: partsToRestore(manifest, []),
  });
  expect(restored).toMatchObject([
    { source: 'volume:uploads', files: 5, kept: at('uploads.before') },
    { source: 'volume:models', files: 5, kept: at('models.before') },
  ]);
  expect(await readFile(at('uploads', 'deep/0'), 'utf8')).toBe('uploads 0\n');
  expect(await readFile(at('uploads.before', 'deep/0'), 'utf8')).toBe('written since');
  expect(await readdir(at('scratch'))).toEqual([]);
});

test.runIf(able)(
  'a restore that fails half-way says what is new, what is old, and where the rest lies',
  async () => {
    const manifest = await create();
    const stuck: Source = {
      ...models,
      putBack: async () => {
        throw new Error('the volume is in use');
      },
    };
    const request = { vault, manifest, sources: [uploads, stuck], scratch: at('scratch') };
    await expect(restoreSet({ ...request, parts: manifest.parts })).rejects.toMatchObject({
      code: 'command-failed',
      message: 'volume:models was not put back: the volume is in use',
      details: [`volume:uploads was put back; what was there before is ${at('uploads.before')}`],
    });
  },
);

test.runIf(able)('only what is named is restored; a dump goes in only by its name', async () => {
  const dump = folderSource('dump', at('models'), () => now, { kind: 'postgres-dump' });
  const server = folderSource('server', at('models'), () => now, { kind: 'postgres-physical' });
  const manifest = await create([uploads, server, dump]);
  const names = (wanted: readonly string[]) => partsToRestore(manifest, wanted).map(({ source }) => source);
  expect(names([])).toEqual(['volume:uploads', 'volume:server']);
  expect(names(['volume:dump'])).toEqual(['volume:dump']);
  expect(() => names(['volume:nowhere'])).toThrow("volume:nowhere is not in the backup '20260301T200000Z");
});

test.runIf(able)('old backups go, but neither the newest proven one nor that of a live release', async () => {
  for (let day = 0; day < 6; day += 1) {
    const { id } = await create([uploads], day === 1 ? { run: 'run-1' } : {});
    const text = await vault.manifest(id);
    if (day === 2) await keepProof(vault, id, text, { at: now, verdict: 'pass', summary: 'restored' });
    if (day === 3) await keepProof(vault, id, text, { at: now, verdict: 'fail', summary: 'broken' });
    now += 86_400_000;
  }
  const policy = { last: 2, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, zone: 'UTC' };
  const { sets } = await listSets(vault, WHOSE);
  const request = { vault, sets, policy, liveRuns: ['run-1'] };
  const dry = await pruneSets({ ...request, dry: true });
  expect((await files()).length).toBe(6);
  const { removed, kept } = await pruneSets(request);
  expect(removed).toEqual(dry.removed);
  expect(removed).toEqual(['20260301T200000Z-production', '20260304T200000Z-production']);
  expect(kept.map(({ reasons }) => reasons.join('; '))).toEqual([
    'newest; last',
    'last',
    'newest verified; last, verified',
    'a release needs it',
  ]);
  expect((await files()).length).toBe(4);
});

test.runIf(able)('backups of other systems in the same vault are neither shown nor removed', async () => {
  await create([uploads]);
  const { sets } = await listSets(vault, { system: 'shop', environment: 'staging' });
  expect(sets).toEqual([]);
});
