import { chmod, cp, mkdtemp, readdir, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { withSession } from '../../system/postgres/connection.ts';
import { processControl } from '../../system/postgres/process-control.ts';
import { startTemporaryServer, type TemporaryServer } from '../../system/postgres/temporary-server.ts';
import { installedServer } from '../postgres/installed-server.fixture.ts';
import { openRig, type Rig, withVolumes } from '../quiet/busybox.fixture.ts';
import { payDebts } from '../quiet/pay.ts';
import { createSet } from '../set/create.ts';
import type { SetManifest } from '../set/manifest.ts';
import { keepProof, readProof } from '../set/proof.ts';
import { debtsFolder, findVolume, sourcesOf } from '../sources/catalog.ts';
import { type RedisServer, startRedis, withRedisServer } from '../sources/redis/redis-server.fixture.ts';
import { withRedis } from '../sources/redis/session.ts';
import type { Source } from '../sources/source.ts';
import { volumeSource } from '../sources/volume/volume.ts';
import { flip } from '../vault/archive/damage.fixture.ts';
import { archiveVault } from '../vault/archive/engine.ts';
import { BACKUP_POINTS, DRILL_POINTS, type Killed } from './drill.fixture.ts';
import { createDrill, type DrillOptions } from './drill.ts';
import { processesIn } from './leftovers.ts';

// Each of them says why it skips, and lets the suite fail where it is required and missing.
const [redis, volumes] = [await withRedisServer(), await withVolumes()];
const installed = await installedServer();
const able = redis && volumes && installed !== undefined;

/** Each waits for a disk that others may keep busy. */
const PATIENT = { timeout: 300_000 };

describe.runIf(able)('a drill of a database, its dump, a Redis and a volume', PATIENT, () => {
  let room = '';
  let scratch = '';
  let server: TemporaryServer;
  let cache: RedisServer | undefined;
  let rig: Rig;
  let [volume, writer, mounted] = ['', '', ''];
  let sources: readonly Source[] = [];
  let [older, newest] = ['', ''];
  const place = (name: string): string => join(room, name);
  const of = (...kinds: readonly Source['kind'][]) => sources.filter(({ kind }) => kinds.includes(kind));
  const vaultAt = (folder: string) => archiveVault({ folder });

  const drillOf = (folder: string, options: Partial<DrillOptions> = {}) =>
    createDrill({
      ...{ vault: vaultAt(folder), sources, queries: [], scratch, objectives: {} },
      ...{ clock: systemClock, exec: run, random: () => 0 },
      ...options,
    });
  const create = (from: readonly Source[] = sources): Promise<SetManifest> =>
    createSet({
      ...{ vault: vaultAt(place('vault')), system: 'shop', environment: 'test', sources: from, scratch },
      ...{ expected: from.map(({ name }) => name), clock: systemClock },
    });
  /** A copy of the vault, to be damaged. */
  const damaged = async (damage: (folder: string) => Promise<void>): Promise<string> => {
    const copy = await mkdtemp(place('damaged-'));
    await cp(place('vault'), copy, { recursive: true });
    await damage(join(copy, newest, 'parts'));
    return copy;
  };
  const stored = async (folder: string, part: string): Promise<string> => {
    const names = await readdir(folder);
    return join(folder, names.find((name) => name.startsWith(part) && !name.includes('entries')) ?? part);
  };

  beforeAll(async () => {
    room = await mkdtemp(join(tmpdir(), 'holdpoint-drills-'));
    scratch = place('scratch');
    await chmod(room, 0o711);
    server = await startTemporaryServer(run, {}, installed);
    await withSession(server.url, { statementTimeout: 60_000 }, (session) =>
      session.query('create table letters as select i as id, md5(i::text) from generate_series(1, 900) i'),
    );
    cache = await startRedis();
    await withRedis(new URL(cache.url), undefined, (session) => session.ask('SET', 'key', 'value'));
    rig = await openRig();
    volume = await rig.volume('uploads');
    mounted = await rig.docked('volume', 'inspect', '--format', '{{.Mountpoint}}', volume);
    for (let index = 0; index < 50; index += 1)
      await writeFile(join(mounted, `file-${index}`), `content ${index}`, { mode: 0o640 });
    writer = await rig.start('writer', ['-v', `${volume}:/data`]);
    sources = sourcesOf({
      backups: { volumes: [volume], quiet: 'stop', database: 'both', redis: true },
      database: processControl({ url: server.url, data: server.data, exec: run }),
      redis: async () => cache?.url ?? '',
      ...{ state: place('state'), run: runId('r-1'), docker: rig.docker, exec: run, clock: systemClock },
    });
    older = (await create()).id;
    newest = (await create()).id;
  }, PATIENT.timeout);
  afterEach(async () => {
    expect(await readdir(scratch)).toEqual([]);
    expect(await processesIn(scratch)).toEqual([]);
    expect(await rig.status(writer)).toBe('running');
  });
  afterAll(async () => {
    await server?.remove();
    await rig?.remove();
    await cache?.remove();
    await rm(room, { recursive: true, force: true });
  });

  test('restores the newest and an older one, asks, starts the service on all of it, and keeps the results', async () => {
    const folder = place('vault');
    const seen = place('seen');
    const drill = drillOf(folder, {
      queries: [{ sql: 'select count(*) from letters', expect: '900' }],
      start: {
        command: [
          'sh',
          '-c',
          `psql "$DATABASE_URL" -Atc 'select count(*) from letters' >> ${seen} && env | grep -c '^REDIS_URL\\|^HOLDPOINT_VOLUME' >> ${seen}`,
        ],
        folder: '/',
      },
      objectives: { rto: 600_000, rpo: 3_600_000 },
    });
    const report = await drill({});
    if (report.evidence.verdict !== 'pass') console.log(JSON.stringify(report.evidence, null, 1));
    expect(report.evidence).toMatchObject({ verdict: 'pass' });
    expect(report.backups.map(({ id }) => id)).toEqual([newest, older]);
    const names = [
      'postgres:postgres',
      'postgres-dump:postgres',
      'redis:redis',
      `volume:${volume}`,
      'service',
    ];
    for (const { parts, times, restoredInMs } of report.backups) {
      expect(parts.map(({ source }) => source)).toEqual(names);
      expect(Object.keys(times).sort()).toEqual(['fetch', 'locate', 'ready', 'start', 'verify', 'write']);
      expect(restoredInMs).toBeGreaterThan(100);
    }
    expect((await run({ program: 'cat', args: [seen] }, { timeout: 5_000 })).stdout).toBe('900\n2\n900\n2\n');
    expect(report.rto.measured).toBeGreaterThan(report.backups[0]?.restoredInMs ?? 0);
    expect(report.rpo.measured).toBeLessThan(600_000);
    const vault = vaultAt(folder);
    for (const id of [newest, older]) {
      expect(await readProof(vault, id, await vault.manifest(id))).toMatchObject({ verdict: 'pass' });
    }
  });

  test('fails when the service, or the answer to a query, is not as it should be', async () => {
    const folder = place('vault');
    const ill = drillOf(folder, { start: { command: ['sh', '-c', 'echo no health; exit 3'], folder: '/' } });
    const report = await ill({ ids: [newest] });
    expect(report.evidence).toMatchObject({
      verdict: 'fail',
      details: expect.arrayContaining(['no health']),
    });
    const asking = drillOf(folder, {
      queries: [{ sql: 'select count(*) from letters', expect: '901' }],
      sources: of('postgres-physical'),
    });
    const asked = await asking({ ids: [newest] });
    expect(asked.evidence.details?.join()).toContain('900 instead of 901');
    // The later failure takes an earlier pass away.
    const vault = vaultAt(folder);
    expect(await readProof(vault, newest, await vault.manifest(newest))).toMatchObject({ verdict: 'fail' });
  });

  test.each([
    ['a flipped bit', async (path: string) => flip(path, Math.floor((await stat(path)).size / 2))],
    ['a cut end', async (path: string) => truncate(path, (await stat(path)).size - 20)],
    ['a missing object', (path: string) => rm(path)],
  ])('goes red for %s of any part, and for that part alone', async (_, damage) => {
    const halves = [
      ['volume', 'redis'],
      ['postgres+', 'postgres-dump'],
    ];
    for (const half of halves) {
      const copy = await damaged(async (folder) => {
        for (const part of half) await damage(await stored(folder, part));
      });
      // What is compared file by file need not run as well.
      const report = await drillOf(copy, { sources: [] })({ ids: [newest] });
      expect(report.evidence).toMatchObject({ verdict: 'fail' });
      const bad = report.backups[0]?.parts.filter(({ evidence }) => evidence.verdict === 'fail') ?? [];
      const names = bad.map(({ source }) => source.replace(':', '+'));
      expect(names.map((name) => half.find((part) => name.startsWith(part))).sort()).toEqual(half.sort());
      expect(report.backups[0]?.parts.filter(({ evidence }) => evidence.verdict === 'pass')).toHaveLength(2);
      await rm(copy, { recursive: true });
    }
  });

  test('goes red for a manifest that cannot be read, which could be the newest', async () => {
    const copy = await damaged((folder) => flip(join(folder, '../manifest.json'), 60));
    const report = await drillOf(copy, { sources: [] })({});
    expect(report.evidence).toMatchObject({ verdict: 'fail' });
    expect(report.backups.map(({ id, evidence }) => [id, evidence.verdict])).toEqual([
      [newest, 'fail'],
      [older, 'pass'],
    ]);
    // What can be relied on is the older one.
    expect(report.rpo.measured).toBeGreaterThan(0);
  });

  test('fails without a backup, and when the newest one lacks what is declared', async () => {
    expect((await drillOf(place('empty'))({})).evidence).toMatchObject({ verdict: 'fail' });
    const find = () => findVolume(rig.docker, 'other', undefined);
    const rest = { debts: debtsFolder(place('state')), docker: rig.docker, exec: run, clock: systemClock };
    const more = [...of('redis'), volumeSource({ label: 'other', find, quiet: 'stop', ...rest })];
    const report = await drillOf(place('vault'), { sources: more })({});
    expect(report.evidence.verdict).toBe('fail');
    expect(report.evidence.details?.join('\n')).toContain('the newest backup lacks volume:other');
  });

  test('is an error, and no fault of the backup, when it cannot be made', async () => {
    const broken = await drillOf(place('vault'), {
      vault: { ...vaultAt(place('vault')), list: () => Promise.reject(new Error('no route')) },
    })({});
    expect(broken.evidence).toMatchObject({ verdict: 'error' });
    const full = vaultAt(place('vault'));
    const noServer = of('redis').map((source) => ({
      ...source,
      prove: async () => Promise.reject(new Error('no redis-server')),
    }));
    const report = await drillOf(place('vault'), { vault: full, sources: noServer })({ ids: [older] });
    expect(report.evidence).toMatchObject({ verdict: 'error' });
    // And no earlier result of it is touched.
    expect(await readProof(full, older, await full.manifest(older))).toMatchObject({ verdict: 'pass' });
  });

  test('that is aborted ends with the reason', async () => {
    const cancel = new AbortController();
    const drill = drillOf(place('vault'), {
      start: { command: ['sleep', '600'], folder: '/' },
      sources: of('redis'),
    });
    const { id } = await create(of('redis'));
    const drilling = drill({ ids: [id] }, cancel.signal);
    drilling.catch(() => undefined);
    await vi.waitFor(async () => expect((await processesIn(scratch)).length).toBeGreaterThan(0), {
      timeout: 240_000,
    });
    cancel.abort(new Error('cancelled'));
    await expect(drilling).rejects.toThrow('cancelled');
    await rm(join(place('vault'), id), { recursive: true });
  });

  test('that is killed at any step changes no result, and what it leaves the next one ends', async () => {
    const few = of('redis', 'postgres-physical');
    const { id } = await create(few);
    const vault = vaultAt(place('vault'));
    await keepProof(vault, id, await vault.manifest(id), { at: 1, verdict: 'pass', summary: 'before' });
    for (const at of DRILL_POINTS) {
      const killed: Killed = { id, at, vault: place('vault'), scratch, url: server.url, data: server.data };
      const args = [join(import.meta.dirname, 'drill.fixture.ts'), JSON.stringify(killed)];
      const ended = await run({ program: process.execPath, args }, { timeout: 240_000 });
      expect(ended, at).toMatchObject({ signal: 'SIGKILL', stderr: '' });
      expect(await readProof(vault, id, await vault.manifest(id)), at).toMatchObject({ summary: 'before' });
    }
    // Each has cleared up after the one before.
    expect(await readdir(scratch)).toHaveLength(1);
    // A PostgreSQL and a Redis on what was restored.
    expect((await processesIn(scratch)).length).toBeGreaterThan(1);
    const report = await drillOf(place('vault'), { sources: few })({ ids: [id] });
    expect(report.evidence).toMatchObject({ verdict: 'pass' });
    await rm(join(place('vault'), id), { recursive: true });
  });

  test.each(BACKUP_POINTS)(
    'a backup that is killed %s is not seen, and what it stopped runs again',
    async (at) => {
      const killed: Killed = {
        ...{ at, vault: place('vault'), scratch, state: place('state'), volume },
        ...{ id: '', url: server.url, data: server.data },
      };
      const before = await vaultAt(place('vault')).list();
      const args = [join(import.meta.dirname, 'drill.fixture.ts'), JSON.stringify(killed)];
      const ended = await run({ program: process.execPath, args }, { timeout: 240_000 });
      expect(ended).toMatchObject({ signal: 'SIGKILL', stderr: '' });
      expect((await rig.status(writer)) === 'running').toBe(at === 'sealing');
      // What each command does before anything else.
      await payDebts(debtsFolder(place('state')), rig.docker, Date.now());
      expect(await rig.status(writer)).toBe('running');
      expect(await vaultAt(place('vault')).list()).toEqual(before);
      const { id } = await create(of('volume'));
      expect((await readdir(place('vault'))).sort()).toEqual([...before, id].sort());
      await rm(join(place('vault'), id), { recursive: true });
    },
  );

  /** Lends a file system of so many bytes. */
  const withDisk = async (bytes: number, use: (disk: string) => Promise<void>): Promise<void> => {
    const disk = await mkdtemp(place('disk-'));
    const mount = ['-t', 'tmpfs', '-o', `size=${bytes},mode=711`, 'none', disk];
    expect(await run({ program: 'mount', args: mount }, { timeout: 30_000 })).toMatchObject({ exitCode: 0 });
    try {
      await use(disk);
    } finally {
      await run({ program: 'umount', args: [disk] }, { timeout: 30_000 });
    }
  };

  test('a disk that fills up while a restored server starts is no fault of the backup', async () => {
    const few = of('postgres-physical');
    const { id, parts } = await create(few);
    await withDisk((parts[0]?.bytes ?? 0) + 8 * 2 ** 20, async (disk) => {
      const filling = few.map((source): Source => {
        return {
          ...source,
          async prove(...parameters) {
            await expect(writeFile(join(disk, 'filler'), Buffer.alloc(64 * 2 ** 20))).rejects.toThrow(
              'ENOSPC',
            );
            return source.prove(...parameters);
          },
        };
      });
      const small = drillOf(place('vault'), { scratch: join(disk, 'scratch'), sources: filling });
      const report = await small({ ids: [id] });
      expect(report.evidence).toMatchObject({ verdict: 'error' });
      expect(await readdir(join(disk, 'scratch'))).toEqual([]);
    });
    await rm(join(place('vault'), id), { recursive: true });
  });

  test('a disk that is full makes no backup and no fault of one, and the application runs on', async () => {
    await withDisk(24 * 2 ** 20, async (disk) => {
      await writeFile(join(mounted, 'large'), Buffer.alloc(40 * 2 ** 20, Math.random().toString()));
      const request = {
        ...{ vault: vaultAt(join(disk, 'vault')), system: 'shop', environment: 'test', clock: systemClock },
        ...{ sources: of('volume'), expected: [`volume:${volume}`] },
      };
      await writeFile(join(disk, 'filler'), Buffer.alloc(23.5 * 2 ** 20));
      await expect(createSet({ ...request, scratch })).rejects.toThrow(/no backup was made/);
      expect(await request.vault.list()).toEqual([]);
      expect(await rig.status(writer)).toBe('running');
      expect(await readdir(debtsFolder(place('state')))).toEqual([]);
      expect((await statfs(disk)).bavail).toBeLessThan(1_000);
      const report = await drillOf(place('vault'), { scratch: join(disk, 'scratch') })({ ids: [older] });
      expect(report.evidence).toMatchObject({ verdict: 'error' });
    }).finally(() => rm(join(mounted, 'large'), { force: true }));
  });
});
