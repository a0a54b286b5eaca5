import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { composeFile } from './compose.ts';
import { cronFile } from './cron.ts';
import type { ScheduleOrder } from './order.ts';
import { systemdFiles } from './systemd.ts';

const started = promisify(execFile);
const analyzer = await access('/usr/bin/systemd-analyze').then(
  () => true,
  () => false,
);
if (!analyzer)
  console.log('skipped: there is no systemd-analyze; the units are read by rules of our own alone');

let top: string;
/** With everything in its names that a shell, cron, systemd or compose could take for something else. */
let order: ScheduleOrder;
/** What was run in the folder, a line each: the folder, and the words. */
let told: string;

beforeAll(async () => {
  top = await realpath(await mkdtemp(join(tmpdir(), 'holdpoint-schedule-')));
  const folder = join(top, `our $HOME 100%d shop's`);
  await mkdir(folder);
  told = join(top, 'told');
  const program = join(top, 'hold point');
  await writeFile(
    program,
    `#!/bin/sh\n{ pwd; for word in "$@"; do printf '%s\\n' "$word"; done; echo --; } >> '${told}'\n`,
  );
  await chmod(program, 0o755);
  order = {
    timetable: { backup: { hour: 2, minute: 30 }, drill: { hour: 4, minute: 5, day: 'sunday' } },
    ...{ system: 'Shop 100%\nof all', environment: 'production', folder },
    ...{ specification: join(folder, 'a "b" \\c.yaml'), command: [program, '--100%', `\${HOME}`] },
    variables: ['DATABASE_URL'],
  };
});
afterAll(() => rm(top, { recursive: true }));

const words = (...task: readonly string[]): readonly string[] => [
  ...[order.folder, ...order.command.slice(1), 'backup', ...task],
  ...['--specification', order.specification, '--'],
];

/** Sections of a unit, strictly: `[Name]`, comments, `Key=value`, and nothing else. */
function unit(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let section = '';
  for (const line of text.split('\n')) {
    const head = /^\[([A-Z][a-z]+)\]$/.exec(line)?.[1];
    if (head !== undefined) section = head;
    else if (line !== '' && !line.startsWith('#')) {
      const [, key, value] = /^([A-Z][A-Za-z]+)=(.*)$/.exec(line) ?? [];
      if (key === undefined || value === undefined || section === '') throw new Error(`not a unit: ${line}`);
      found.set(`${section}.${key}`, [...(found.get(`${section}.${key}`) ?? []), value]);
    }
  }
  return found;
}

/** As systemd.service(5) reads a command line: words in quotes, `\\` and `\"`, `%%` and `$$`, and no bare `%` or `$`. */
function commandLine(text: string): readonly string[] {
  const found: string[] = [];
  const rest = text.replace(/"((?:[^"\\]|\\[\\"])*)"(?: |$)/g, (_all, quoted: string) => {
    const word = quoted.replace(/\\([\\"])/g, '$1');
    if (/[%$]/.test(word.replace(/%%|\$\$/g, ''))) throw new Error(`not escaped: ${word}`);
    found.push(word.replace(/%%/g, '%').replace(/\$\$/g, '$'));
    return '';
  });
  if (rest !== '') throw new Error(`not a command line: ${rest}`);
  return found;
}

/** As systemd.time(7): a weekday or none, each day, a time. */
const CALENDAR = /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\*-\*-\* (?:[01]\d|2[0-3]):[0-5]\d:00$/;

describe('units of systemd', () => {
  const units = () => new Map(systemdFiles(order).map(({ name, text }) => [name, unit(text)]));

  it('are a service and a timer for each task', () => {
    const all = units();
    expect([...all.keys()]).toEqual(
      ['backup', 'drill'].flatMap((task) =>
        ['service', 'timer'].map((kind) => `holdpoint-${task}-shop-100-of-all-production.${kind}`),
      ),
    );
    for (const [name, read] of all) {
      if (name.endsWith('.timer')) {
        const [calendar = ''] = read.get('Timer.OnCalendar') ?? [];
        expect(calendar).toMatch(CALENDAR);
        expect(read.get('Install.WantedBy')).toEqual(['timers.target']);
      } else expect(read.get('Service.Type')).toEqual(['oneshot']);
    }
    const calendars = [...all.values()].flatMap((read) => read.get('Timer.OnCalendar') ?? []);
    expect(calendars).toEqual(['*-*-* 02:30:00', 'Sun *-*-* 04:05:00']);
  });

  it('run the words of each task in the folder, whatever stands in them', () => {
    const all = units();
    const read = all.get('holdpoint-backup-shop-100-of-all-production.service');
    const lines = (read?.get('Service.ExecStart') ?? []).map(commandLine);
    const [program] = order.command;
    expect(lines).toEqual(['create', 'prune'].map((task) => [program, ...words(task).slice(1, -1)]));
    expect(read?.get('Service.WorkingDirectory')).toEqual([order.folder.replace('%', '%%')]);
    expect(read?.get('Unit.Description')).toEqual(['Backup of Shop 100%% of all (production), by Holdpoint']);
  });

  it.runIf(analyzer)('are units for systemd itself', async () => {
    const folder = join(top, 'units');
    await mkdir(folder);
    const files = systemdFiles(order);
    for (const { name, text } of files) await writeFile(join(folder, name), text);
    const paths = files.map(({ name }) => join(folder, name));
    const { stdout, stderr } = await started('/usr/bin/systemd-analyze', ['verify', '--man=no', ...paths]);
    // It also complains of units of the machine.
    expect(`${stdout}${stderr}`.split('\n').filter((line) => line.includes('holdpoint-'))).toEqual([]);
    const calendar = await started('/usr/bin/systemd-analyze', ['calendar', 'Sun *-*-* 04:05:00']);
    expect(calendar.stdout).toContain('Normalized form: Sun *-*-* 04:05:00');
  });
});

describe('lines of cron', () => {
  it('name the times, and what they run is what is meant', async () => {
    const { name, text } = cronFile(order);
    expect(name).toBe('holdpoint-shop-100-of-all-production.cron');
    const jobs: (readonly string[])[] = [];
    let path = '';
    for (const line of text.trimEnd().split('\n')) {
      if (line.startsWith('#')) continue;
      const setting = /^PATH=(\S+)$/.exec(line)?.[1];
      if (setting !== undefined) {
        path = setting;
        continue;
      }
      const [, times = '', command = ''] = /^((?:\S+ ){5})(.*)$/.exec(line) ?? [];
      expect(times).toMatch(/^(\d|[1-5]\d) (\d|1\d|2[0-3]) \* \* ([0-6]|\*) $/);
      // cron ends a command at a bare `%`, and takes the backslash before any other.
      expect(command).not.toMatch(/(^|[^\\])%/);
      jobs.push([times.trim(), command.replaceAll('\\%', '%')]);
    }
    expect(jobs.map(([times]) => times)).toEqual(['30 2 * * *', '5 4 * * 0']);
    await rm(told, { force: true });
    const environment = { PATH: path, HOME: '/' };
    for (const [, command = ''] of jobs)
      await started('/bin/sh', ['-c', command], { env: environment, cwd: '/' });
    const said = (await readFile(told, 'utf8')).trimEnd().split('\n');
    expect(said).toEqual([...words('create'), ...words('prune'), ...words('drill')]);
  });
});

describe('a service of compose', () => {
  it('runs the schedule with the folders at the paths that they have', () => {
    const mounts = ['/mnt/backups'];
    const { name, text } = composeFile({ ...order, image: 'holdpoint:0.1.0', mounts });
    expect(name).toBe('holdpoint-shop-100-of-all-production.compose.yaml');
    const file = parse(text);
    const { backups } = file.services;
    expect(text.replaceAll('$$', '').match(/\$\S+/g)).toEqual([`\${TZ:-UTC}`]);
    const once = (written: string): string => written.replaceAll('$$', '$');
    expect(backups.command.map(once)).toEqual([
      ...['backup', 'schedule', '--run', '--specification', order.specification],
    ]);
    expect(once(backups.working_dir)).toBe(order.folder);
    for (const { type, source, target } of backups.volumes)
      expect({ type, source }).toEqual({ type: 'bind', source: target });
    expect(backups.volumes.map(({ source }: { source: string }) => once(source))).toEqual([
      '/var/run/docker.sock',
      '/var/lib/docker/volumes',
      order.folder,
      '/mnt/backups',
    ]);
    // Claims of folders name a process number and a host: with one of the two alone they would lie.
    expect(backups).toMatchObject({ pid: 'host', network_mode: 'host', restart: 'unless-stopped' });
    expect(backups.environment).toEqual({ TZ: `\${TZ:-UTC}`, DATABASE_URL: null });
  });
});
