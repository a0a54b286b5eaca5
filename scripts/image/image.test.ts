import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const started = promisify(execFile);
const run = async (program: string, ...args: readonly string[]): Promise<string> => {
  const running = started(program, [...args], { maxBuffer: 2 ** 26 });
  // `docker-compose run` hands its input on, and waits for its end.
  running.child.stdin?.end();
  return (await running).stdout.trim();
};

const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('docker');
const missing: string[] = [];
const needed = [
  ['docker', 'version'],
  ...[
    ['docker-compose', 'version'],
    ['zstd', '-V'],
    ['age', '--version'],
    ['restic', 'version'],
    ['ssh', '-V'],
  ],
] as const;
for (const [program = '', argument = ''] of needed)
  await run(program, argument).catch(() => missing.push(program));
if (process.getuid?.() !== 0) missing.push('root');
const able = missing.length === 0 || required;
if (!able) console.log(`skipped: the image of Holdpoint is not built, for want of ${missing.join(', ')}`);

/** Its base is made once on a machine; packing 300 MB of programs takes its time beside other suites. */
const BUILT_WITHIN = 600_000;

describe.runIf(able)('the image of Holdpoint', { timeout: 300_000 }, () => {
  const own = `holdpoint-image-${randomUUID().slice(0, 8)}`;
  const docker = (...args: readonly string[]): Promise<string> => run('docker', ...args);
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-image-'));
    await mkdir(join(folder, 'vault'));
    await writeFile(join(folder, 'checklist.md'), '# Checklist\n');
    await writeFile(
      join(folder, 'holdpoint.yaml'),
      JSON.stringify({
        ...{ version: 1, name: own },
        target: {
          ...{ kind: 'process', releases: 'releases/{version}' },
          services: { api: { command: ['node', 'server.mjs'], routed: false } },
        },
        backups: { vault: { kind: 'archive', folder: 'vault' }, volumes: [own] },
      }),
    );
    await run('sh', join(import.meta.dirname, 'build.sh'), '--base', 'local', '--tag', own);
    await docker('volume', 'create', own);
    const writing = 'while :; do date > /data/beat; sleep 0.1; done';
    const here = ['-d', '--init', '--name', own, '-v', `${own}:/data`, '--entrypoint', 'sh'];
    await docker('run', ...here, own, '-c', writing);
    await docker('exec', own, 'sh', '-c', 'echo first > /data/file');
    const mounts = ['-v', `${folder}:${folder}`, '-w', folder];
    const told = await docker('run', '--rm', ...mounts, own, 'backup', 'schedule', '--format', 'compose');
    const { services } = parse(told);
    file = join(folder, 'compose.json');
    await writeFile(file, JSON.stringify({ services: { backups: { ...services.backups, image: own } } }));
  }, BUILT_WITHIN);

  const compose = (...args: readonly string[]): Promise<string> =>
    run('docker-compose', '-p', own, '-f', file, ...args);

  afterAll(async () => {
    if (file !== undefined) await compose('down').catch(() => undefined);
    await docker('rm', '-f', own).catch(() => undefined);
    const volumes = (await docker('volume', 'ls', '-q', '--filter', `name=${own}`)).split('\n');
    for (const volume of volumes.filter((name) => name !== '')) await docker('volume', 'rm', volume);
    await docker('rmi', own).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }, BUILT_WITHIN);

  it('is of this version, and answers also to a user who may nothing', async () => {
    const { version } = JSON.parse(
      await readFile(join(import.meta.dirname, '../../holdpoint/package.json'), 'utf8'),
    );
    const closed = ['--rm', '--user', '65534:65534', '--read-only', '--cap-drop', 'ALL', '--network', 'none'];
    expect(await docker('run', ...closed, own, '--version')).toBe(version);
    const label = '{{index .Config.Labels "org.opencontainers.image.version"}}';
    expect(await docker('image', 'inspect', '--format', label, own)).toBe(version);
  });

  it('holds every program that a backup of any kind runs', async () => {
    const programs = 'tar zstd age restic ssh sftp docker cp sync setpriv'.split(' ');
    const script = `for name in ${programs.join(' ')}; do command -v "$name" >/dev/null || echo "$name"; done; ls /usr/lib/postgresql/*/bin`;
    const said = await docker('run', '--rm', '--entrypoint', 'sh', own, '-c', script);
    expect(said.split('\n').filter((name) => programs.includes(name))).toEqual([]);
    for (const name of [
      'postgres',
      'pg_basebackup',
      'pg_dump',
      'pg_restore',
      'pg_verifybackup',
      'pg_amcheck',
    ])
      expect(said).toContain(name);
  });

  it('takes a backup of a volume from within the service, restores it, and leaves its user running', async () => {
    const created = await compose('run', '--rm', '-T', 'backups', 'backup', 'create', '--json');
    expect(JSON.parse(created)).toMatchObject({
      exit: 0,
      backup: { parts: [{ source: `volume:${own}`, files: 2, consistency: 'quiet' }] },
    });
    await docker('exec', own, 'sh', '-c', 'echo second > /data/file');
    const restored = await compose('run', '--rm', '-T', 'backups', 'backup', 'restore', '--yes', '--json');
    expect(JSON.parse(restored)).toMatchObject({ exit: 0, restored: [{ source: `volume:${own}` }] });
    expect(await docker('inspect', '--format', '{{.State.Status}}', own)).toBe('running');
    expect(await readdir(join(folder, 'vault'))).toHaveLength(1);
    const data = await docker('volume', 'inspect', '--format', '{{.Mountpoint}}', own);
    expect(await readFile(join(data, 'file'), 'utf8')).toBe('first\n');
  });

  it('keeps the times as a service, and ends at once when it is stopped', async () => {
    await compose('up', '-d');
    const id = await compose('ps', '-q', 'backups');
    await expect
      .poll(() => docker('logs', id), { timeout: 240_000, interval: 200 })
      .toMatch(/^\S+Z next: (backup|drill) at \S+Z$/m);
    await compose('stop');
    expect(await docker('inspect', '--format', '{{.State.ExitCode}}', id)).toBe('0');
    expect(await docker('logs', id)).toMatch(/ ended: nothing was under way$/);
  });
});
