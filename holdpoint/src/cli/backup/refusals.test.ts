import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openRig, type Rig, withVolumes } from '../../backup/quiet/busybox.fixture.ts';
import { openSets } from '../../backup/set/backups.ts';
import { sourcesOf } from '../../backup/sources/catalog.ts';
import { openVault } from '../../backup/vault/open.ts';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import { run } from '../../system/exec/run.ts';
import { runCli } from '../run-cli.ts';
import { fakeHouse } from '../scenarios/house.fixture.ts';

const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',');
const has = (program: string, ...args: readonly string[]): Promise<boolean> =>
  run({ program, args }, { timeout: 10_000 }).then(
    () => true,
    () => required.includes(program),
  );
const [restic, zstd] = [await has('restic', 'version'), await has('zstd', '-V')];
if (!restic) console.log('skipped: there is no restic on this machine');
const volumes = (await withVolumes()) && zstd;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-refusals-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A specification with this block `backups`. */
const declare = (backups: object): Promise<void> =>
  writeFile(
    join(folder, 'holdpoint.yaml'),
    `version: 1
name: Shop
target: { kind: process, releases: 'releases/{version}', services: { api: { command: [node], routed: false } } }
backups:
${Object.entries(backups)
  .map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`)
  .join('')}`,
  );

/** Runs a command on the vault and the volumes that are declared. */
async function holdpoint(...words: readonly string[]) {
  const { house, printed } = fakeHouse(folder);
  const openProject: typeof house.openProject = async (options) => {
    const project = await house.openProject(options);
    const { backups } = project.specification;
    if (backups === undefined) return project;
    const clock = systemClock;
    const docker = dockerThrough(run);
    const declared = { backups, state: project.state, docker, exec: run, clock };
    const sets = openSets({
      ...{ vault: openVault(backups.vault, { folder, variables: {}, clock }), policy: backups.retention },
      ...{ system: 'Shop', environment: 'production', scratch: join(folder, 'scratch'), clock },
      sources: () => sourcesOf({ ...declared, run: runId('20260301t200100z-test') }),
      liveRuns: async () => [],
      note: join(folder, 'note.json'),
      exclusively: (_what, work, signal) => work(signal ?? new AbortController().signal),
      drill: () => Promise.reject(new Error('nobody drills here')),
    });
    return { ...project, sets };
  };
  const status = await runCli(['backup', ...words], { ...house, openProject });
  return { status, text: printed.join('\n') };
}

const archive = { kind: 'archive', folder: 'vault' };

describe('what cannot be used is refused with its place, its cause and what to do', () => {
  test.each([
    [
      'a kind of vault that nobody knows',
      { vault: { kind: 'tape' } },
      "holdpoint.yaml:5:11 'backups.vault.kind': Invalid discriminator value. Expected 'archive' | 'restic'",
    ],
    [
      'a time that is none',
      { vault: archive, schedule: { backup: '2:30' } },
      "'backups.schedule.backup': is no time such as '02:30' or 'sunday 04:00'",
    ],
    [
      'a day that is none',
      { vault: archive, schedule: { drill: 'someday 02:30' } },
      "'backups.schedule.drill': is no time such as '02:30' or 'sunday 04:00'",
    ],
    [
      'a schedule as one word',
      { vault: archive, schedule: 'daily' },
      "'backups.schedule' must be of type object",
    ],
    ['a misspelt setting', { vault: archive, volume: ['uploads'] }, "'volume'"],
  ])('%s', async (_what, backups, complaint) => {
    await declare(backups);
    const { status, text } = await holdpoint('list');
    expect(text).toContain('error: holdpoint.yaml:');
    expect(text).toContain(complaint);
    expect(text).toMatch(/\nnext: .+$/);
    expect(status).toBe(78);
  });

  test('no block at all', async () => {
    await declare({ vault: archive });
    const text = await readFile(join(folder, 'holdpoint.yaml'), 'utf8');
    await writeFile(join(folder, 'holdpoint.yaml'), text.slice(0, text.indexOf('backups:')));
    for (const words of [['create'], ['schedule', '--format', 'cron'], ['schedule', '--run']]) {
      expect(await holdpoint(...words)).toEqual({
        status: 78,
        text: 'error: the specification declares no backups\nnext: Add a block `backups` with a `vault` to it.',
      });
    }
  });

  test.runIf(restic)('a file with the password that is not there', async () => {
    await declare({ vault: { kind: 'restic', repository: 'repository', passwordFile: 'secret' } });
    const { status, text } = await holdpoint('list');
    expect(text).toContain(`error: there is no password for ${join(folder, 'repository')}\n`);
    expect(text).toContain(`${join(folder, 'secret')} does not exist`);
    expect(text).toContain('next: Write it into the file of `backups.vault.passwordFile`');
    expect(status).toBe(78);
  });
});

describe.runIf(volumes)('of a volume', () => {
  let rig: Rig;
  let volume: string;
  let user: string;
  beforeAll(async () => {
    rig = await openRig();
    volume = await rig.volume('refusals');
    user = await rig.start('refusals', ['-v', `${volume}:/data`]);
  });
  afterAll(() => rig?.remove());

  const content = async (): Promise<readonly string[]> =>
    readdir(await rig.docked('volume', 'inspect', '--format', '{{.Mountpoint}}', volume));

  test('a restore where somebody has paused who uses it is refused, and changes nothing', async () => {
    await declare({ vault: archive, volumes: [volume] });
    expect((await holdpoint('create')).status).toBe(0);
    const before = await content();
    await rig.docked('pause', user);
    try {
      const { status, text } = await holdpoint('restore', '--yes');
      expect(text).toContain(
        `volume:${volume} was not put back: the volume '${volume}' cannot be exchanged\n`,
      );
      expect(text).toContain(`${rig.name}-refusals is paused`);
      expect(text).toContain('next: Let them go on: `docker unpause`.');
      expect(status).toBe(78);
      expect(await rig.status(user)).toBe('paused');
    } finally {
      await rig.docked('unpause', user);
    }
    expect(await content()).toEqual(before);
  });

  test('a restore stops who uses it, and starts it again', async () => {
    await declare({ vault: archive, volumes: [volume] });
    expect((await holdpoint('create')).status).toBe(0);
    const { status, text } = await holdpoint('restore', '--yes');
    expect(text).toContain(`what was there before: volume ${volume}-before-`);
    expect(status).toBe(0);
    expect(await rig.status(user)).toBe('running');
  });

  test('no backup is of the time that is asked for, or before', async () => {
    await declare({ vault: archive, volumes: [volume] });
    const none = await holdpoint('restore', '--yes');
    expect(none).toMatchObject({
      status: 64,
      text: expect.stringContaining('error: there is no backup yet\nnext: '),
    });
    await holdpoint('create');
    const early = await holdpoint('restore', '-t', '2020-01-01T00:00:00Z', '--yes');
    expect(early.text).toContain(
      'error: there is no backup of 2020-01-01T00:00:00Z or before\n  the oldest is ',
    );
    expect(early.text).toMatch(/\nnext: Name a later time/);
    expect(early.status).toBe(64);
    const vague = await holdpoint('restore', '-t', '2020-01-01 00:00', '--yes');
    expect(vague).toMatchObject({
      status: 64,
      text: expect.stringContaining('is neither a backup nor a time'),
    });
    const other = await holdpoint('restore', '--source', 'volume:uplods', '--yes');
    expect(other.text).toContain(`error: volume:uplods is not in the backup '`);
    expect(other.text).toContain(`  volume:${volume}\nnext: `);
    expect(other.status).toBe(64);
  });

  test('one that is not there fails the backup, and none is made', async () => {
    await declare({ vault: archive, volumes: [volume, `${volume}-none`] });
    const { status, text } = await holdpoint('create');
    expect(text).toContain(
      `no backup was made: volume:${volume}-none: there is no volume '${volume}-none'\n`,
    );
    expect(text).toMatch(/\nnext: See `docker volume ls`/);
    expect(status).toBe(64);
    expect(await readdir(join(folder, 'vault')).catch(() => [])).toEqual([]);
    expect(await rig.status(user)).toBe('running');
  });
});
