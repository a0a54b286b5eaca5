import {
  appendFile,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { systemClock } from '../../../system/clock.ts';
import { dockerThrough } from '../../../system/docker/docker.ts';
import type { Exec } from '../../../system/exec/command.ts';
import { run } from '../../../system/exec/run.ts';
import { openRig, type Rig, withVolumes } from '../../quiet/busybox.fixture.ts';
import { writeDebt } from '../../quiet/debt.ts';
import { payDebts } from '../../quiet/pay.ts';
import { compareEntries } from '../../set/entries.ts';
import { listTree } from '../../set/tree.ts';
import type { Lent } from '../source.ts';
import type { Killed } from './put-back.fixture.ts';
import { settledCopy } from './settled-copy.ts';
import { type VolumeOptions, volumeSource } from './volume.ts';

/** A file that is written to in front of each look at the folder, whatever else this machine has to do. */
let restless = '';
vi.mock(import('../../set/tree.ts'), async (original) => {
  const tree = await original();
  return {
    ...tree,
    listTree: async (...args: Parameters<typeof tree.listTree>) => {
      if (restless !== '' && dirname(restless) === args[0]) await appendFile(restless, 'x');
      return tree.listTree(...args);
    },
  };
});
afterEach(() => {
  restless = '';
});

const able = await withVolumes();
let room = '';

beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), 'holdpoint-volumes-'));
});
afterAll(() => rm(room, { recursive: true, force: true }));

const fresh = async (name: string): Promise<string> => mkdtemp(join(room, `${name}-`));
const copying = { exec: run, clock: systemClock };

describe('a folder that is written to while it is copied', () => {
  test('is copied with owners, modes, times and links', async () => {
    const [from, to] = [await fresh('from'), join(await fresh('to'), 'copy')];
    await mkdir(join(from, 'deep'), { mode: 0o750 });
    await writeFile(join(from, 'deep/file'), 'text', { mode: 0o640 });
    if (process.getuid?.() === 0) await chown(join(from, 'deep/file'), 1001, 1002);
    await symlink('deep/file', join(from, 'link'));
    await settledCopy(from, to, copying);
    expect(compareEntries((await listTree(from)).entries, (await listTree(to)).entries)).toEqual([]);
  });

  test('holds in the end what was written, made and removed meanwhile', async () => {
    const [from, to] = [await fresh('from'), join(await fresh('to'), 'copy')];
    for (const name of ['written', 'gone', 'kept']) await writeFile(join(from, name), 'first');
    const meddling: Exec = async (command, options) => {
      const result = await run(command, options);
      await writeFile(join(from, 'written'), 'second, and longer');
      await rm(join(from, 'gone'));
      await mkdir(join(from, 'made'));
      await writeFile(join(from, 'made/new'), 'new');
      return result;
    };
    await settledCopy(from, to, { ...copying, exec: meddling });
    expect((await readdir(to, { recursive: true })).sort()).toEqual(['kept', 'made', 'made/new', 'written']);
    expect(await readFile(join(to, 'written'), 'utf8')).toBe('second, and longer');
  });

  test('fails naming the file that never rests', async () => {
    const [from, to] = [await fresh('from'), join(await fresh('to'), 'copy')];
    await writeFile(join(from, 'still'), '');
    restless = join(from, 'log');
    await expect(settledCopy(from, to, copying)).rejects.toMatchObject({
      code: 'conflict',
      details: ['log'],
    });
  });
});

describe.runIf(able)('a volume of a Docker Engine', { timeout: 300_000 }, () => {
  let rig: Rig;
  let [volume, folder, writer, reader] = ['', '', '', ''];
  let debts = '';
  const source = ({ volume: name = volume, ...options }: Partial<VolumeOptions> & { volume?: string } = {}) =>
    volumeSource({
      label: 'data',
      find: async () => ({ volume: name, labels: {} }),
      ...{ debts, docker: rig.docker, exec: run, clock: systemClock, quiet: 'stop' },
      ...options,
    });
  const states = (): Promise<readonly string[]> => Promise.all([writer, reader].map((id) => rig.status(id)));

  beforeAll(async () => {
    rig = await openRig();
    volume = await rig.volume('data');
    folder = await rig.docked('volume', 'inspect', '--format', '{{.Mountpoint}}', volume);
    await writeFile(join(folder, 'file'), 'of the volume', { mode: 0o640 });
    await chown(join(folder, 'file'), 1001, 1001);
    await chown(folder, 1001, 1001);
    writer = await rig.start('writer', ['-v', `${volume}:/data`]);
    reader = await rig.start('reader', ['-v', `${volume}:/data:ro`], 'while :; do sleep 0.05; done');
    await vi.waitFor(async () => expect(await readdir(folder)).toContain('beat'), { timeout: 30_000 });
  });
  beforeEach(async () => {
    debts = await fresh('debts');
  });
  afterAll(() => rig?.remove());

  test.each([
    ['stop', 'exited', 'stopped'],
    ['pause', 'paused', 'paused'],
  ] as const)(
    '%s: is lent itself while its writer rests and its readers go on',
    async (quiet, resting, how) => {
      const scratch = await fresh('scratch');
      await source({ quiet }).capture(scratch, async (lent: Lent) => {
        expect(lent).toMatchObject({ folder, consistency: { kind: 'quiet', how } });
        expect(lent.facts).toMatchObject({ files: 2, entries: 3 });
        expect(await states()).toEqual([resting, 'running']);
      });
      expect(await states()).toEqual(['running', 'running']);
      expect(await readdir(scratch)).toEqual([]);
    },
  );

  test('that nobody writes to stops nothing, and a write that comes after all is a failure', async () => {
    const quiet = await rig.volume('quiet');
    const at = await rig.docked('volume', 'inspect', '--format', '{{.Mountpoint}}', quiet);
    const lone = source({ volume: quiet });
    const consistency = await lone.capture('', async (lent) => lent.consistency);
    expect(consistency).toEqual({ kind: 'quiet', how: 'nobody used it' });
    const written = lone.capture('', () => writeFile(join(at, 'late'), ''));
    await expect(written).rejects.toMatchObject({
      code: 'conflict',
      details: expect.arrayContaining(['late']),
    });
    const used = lone.capture('', () => rig.start('late', ['-v', `${quiet}:/data`]));
    await expect(used).rejects.toMatchObject({ message: expect.stringContaining(`${rig.name}-late used`) });
  });

  test('live: is copied while others write, and a file that never rests is named', async () => {
    const live = () => source({ quiet: 'live' }).capture(room, async ({ consistency }) => consistency);
    restless = join(folder, 'log');
    await expect(live()).rejects.toMatchObject({
      code: 'conflict',
      details: expect.arrayContaining(['log']),
    });
    expect(await states()).toEqual(['running', 'running']);
    await rm(join(folder, 'log'));
  });

  test('that is not there, or whose engine is elsewhere, is a failure and not an empty backup', async () => {
    const missing = source({ volume: 'sources-none' }).capture('', async () => undefined);
    await expect(missing).rejects.toMatchObject({ code: 'not-found' });
    const remote = dockerThrough((command, options) =>
      run({ ...command, environment: { DOCKER_HOST: 'tcp://127.0.0.1:1' } }, options),
    );
    const far = source({ docker: remote }).capture('', async () => undefined);
    await expect(far).rejects.toMatchObject({ code: 'configuration' });
  });

  test('that mounts something else is not read while it shows an empty folder', async () => {
    const share = `${rig.name}-share`;
    const device = await fresh('share');
    await rig.docked('volume', 'create', '-o', 'type=none', '-o', 'o=bind', '-o', `device=${device}`, share);
    const empty = source({ volume: share }).capture('', async () => undefined);
    await expect(empty).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining(share),
    });
    await rig.docked('volume', 'rm', share);
  });

  test('with files of PostgreSQL is refused while a server may write, and copied once it has stopped', async () => {
    const base = await rig.volume('pg');
    const at = await rig.docked('volume', 'inspect', '--format', '{{.Mountpoint}}', base);
    await mkdir(join(at, 'pgdata/global'), { recursive: true });
    for (const name of ['PG_VERSION', 'global/pg_control']) await writeFile(join(at, 'pgdata', name), '15');
    const server = await rig.start('pg', ['-v', `${base}:/data`], 'while :; do sleep 0.05; done');
    for (const quiet of ['pause', 'live'] as const) {
      const refused = source({ volume: base, quiet }).capture(await fresh('scratch'), async () => undefined);
      await expect(refused).rejects.toMatchObject({
        code: 'configuration',
        next: expect.stringContaining('`database`'),
      });
    }
    expect(await rig.status(server)).toBe('running');
    const stopped = await source({ volume: base }).capture('', async (lent) => lent.consistency);
    expect(stopped).toMatchObject({ how: 'stopped' });
    expect(await rig.status(server)).toBe('running');
  });

  test('what is missing in a restored copy is a fault', async () => {
    const captured = {
      at: 0,
      consistency: { kind: 'files' },
      facts: { files: 1, bytes: 3, entries: 2 },
    } as const;
    const copy = await fresh('copy');
    await writeFile(join(copy, 'one'), '123');
    expect(await source().prove(copy, captured)).toMatchObject({ verdict: 'pass' });
    const visited: unknown[] = [];
    const visit = async (scratch: unknown) => {
      visited.push(scratch);
      return { verdict: 'fail', summary: 'unhealthy' } as const;
    };
    expect(await source().prove(copy, captured, undefined, { visit })).toMatchObject({
      summary: 'unhealthy',
    });
    expect(visited).toEqual([{ HOLDPOINT_VOLUME_DATA: copy }]);
    await writeFile(join(copy, 'one'), '12');
    expect(await source().prove(copy, captured)).toMatchObject({
      verdict: 'fail',
      details: ['bytes: 2 instead of 3'],
    });
  });

  describe('into which a backup is put back', () => {
    let restored = '';
    const made = (): Promise<readonly string[]> => readdir(dirname(folder));
    const safety = async (): Promise<readonly string[]> => {
      const names = (await rig.docked('volume', 'ls', '-q')).split('\n');
      return names.filter((name) => name.startsWith(`${volume}-before-`)).sort();
    };

    const lay = async (): Promise<void> => {
      await writeFile(join(restored, 'file'), 'of the backup', { mode: 0o600 });
      await chown(join(restored, 'file'), 1003, 1003);
      await chown(restored, 1003, 1003);
    };

    beforeEach(async () => {
      restored = await fresh('restored');
      await lay();
      for (const name of await safety()) await rig.docked('volume', 'rm', name);
    });

    test('keeps what was there as a volume, with owners and modes, and everything runs again', async () => {
      await writeFile(join(folder, 'file'), 'present');
      const { kept } = await source().putBack(restored);
      expect(await states()).toEqual(['running', 'running']);
      expect(await readFile(join(folder, 'file'), 'utf8')).toBe('of the backup');
      expect(await stat(join(folder, 'file'))).toMatchObject({ uid: 1003, mode: 0o100600 });
      expect(await stat(folder)).toMatchObject({ uid: 1003 });
      const [name = ''] = await safety();
      expect(kept).toBe(`volume ${name}`);
      const at = await rig.docked('volume', 'inspect', '--format', '{{.Mountpoint}}', name);
      expect(await readFile(join(at, 'file'), 'utf8')).toBe('present');
      expect(await made()).toEqual(['_data']);
      // What runs now writes to the restored content.
      await expect.poll(() => readdir(folder), { timeout: 30_000 }).toContain('beat');
      expect(await readdir(debts)).toEqual([]);
    });

    test('makes a volume that is not there', async () => {
      const lost = `${rig.name}-lost`;
      const { kept } = await source({ volume: lost }).putBack(restored);
      expect(kept).toMatch(/\(empty\)$/);
      const at = await rig.docked('volume', 'inspect', '--format', '{{.Mountpoint}}', lost);
      expect(await readFile(join(at, 'file'), 'utf8')).toBe('of the backup');
    });

    test.each([
      ['cp', false],
      ['cp', true],
      ['sync', true],
      ['docker container stop', false],
      ['docker container stop', true],
      ['docker volume create', false],
      ['docker volume create', true],
      ['docker container start', false],
      ['docker container start', true],
    ])(
      'killed at %s (after: %s), runs again on one content or the other, and can be repeated',
      async (at, after) => {
        await writeFile(join(folder, 'file'), 'present');
        if (at === 'cp') {
          // Only what lies in another file system is copied.
          restored = await mkdtemp('/dev/shm/holdpoint-restored-');
          onTestFinished(() => rm(restored, { recursive: true, force: true }));
          await lay();
        }
        const killed: Killed = { volume, debts, folder: restored, at, after };
        const args = [join(import.meta.dirname, 'put-back.fixture.ts'), JSON.stringify(killed)];
        const ended = await run({ program: process.execPath, args }, { timeout: 240_000 });
        expect(ended).toMatchObject({ signal: 'SIGKILL', stderr: '' });
        await payDebts(debts, rig.docker, Date.now());
        expect(await states()).toEqual(['running', 'running']);
        const swapped = at.endsWith('start');
        expect(await readFile(join(folder, 'file'), 'utf8')).toBe(swapped ? 'of the backup' : 'present');
        await mkdir(restored, { recursive: true });
        await lay();
        await source().putBack(restored);
        expect(await states()).toEqual(['running', 'running']);
        expect(await readFile(join(folder, 'file'), 'utf8')).toBe('of the backup');
        expect(await made()).toEqual(['_data']);
      },
    );

    test('cut off between the two renames, has its old content back before anything starts', async () => {
      await writeFile(join(folder, 'file'), 'present');
      for (const id of [writer, reader]) await rig.docked('stop', '-t', '0', id);
      const name = `${volume}-before-x`;
      await rig.docked('volume', 'create', name);
      const from = await rig.docked('volume', 'inspect', '--format', '{{.Mountpoint}}', name);
      await rename(folder, from);
      const containers = [writer, reader].map((id) => ({ id, name: id, how: 'stop' as const }));
      const debt = { version: 1, at: 0, why: 'x', containers, moves: [{ from, to: folder }] } as const;
      const owner = { host: (await import('node:os')).hostname(), pid: 1, startTicks: -5 };
      await writeFile(join(debts, 'x.debt.json'), writeDebt({ ...debt, moves: [...debt.moves], owner }));
      const [payment] = await payDebts(debts, rig.docker, Date.now());
      expect(payment?.done).toHaveLength(3);
      expect(await states()).toEqual(['running', 'running']);
      expect(await readFile(join(folder, 'file'), 'utf8')).toBe('present');
    });

    test('is refused while a container that uses it is paused, and nothing stops', async () => {
      await rig.docked('pause', reader);
      await expect(source().putBack(restored)).rejects.toMatchObject({ code: 'configuration' });
      expect(await states()).toEqual(['running', 'paused']);
      await rig.docked('unpause', reader);
      expect(await made()).toEqual(['_data']);
    });
  });
});
