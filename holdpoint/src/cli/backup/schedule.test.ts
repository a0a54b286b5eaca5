import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Backups } from '../../backup/set/backups.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { runCli } from '../run-cli.ts';
import { fakeHouse, NOW } from '../scenarios/house.fixture.ts';

const SPECIFICATION = `version: 1
name: Shop # not \${THIS}
target:
  kind: process
  releases: releases/{version}
  services:
    backend: { command: [node, server.js], routed: false, environment: { KEY: "\${SHOP_KEY:-none}" } }
backups:
  vault: { kind: restic, repository: ../repository, passwordFile: secret, environment: [AWS_KEY] }
  scratch: /mnt/large
  schedule: { backup: '02:30', drill: 'monday 02:30' }
`;
let folder: string;
/** What was asked of the backups, in order. */
let asked: string[];
let ending: AbortController;
let now: number;
/** Interrupts the next time that somebody waits. */
let endBetween: boolean;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-schedule-door-'));
  await writeFile(join(folder, 'holdpoint.yaml'), SPECIFICATION);
  asked = [];
  ending = new AbortController();
  now = NOW;
  endBetween = false;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

// Times of a schedule are local.
const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const interruption = () => new HoldpointError('cancelled', 'interrupted by SIGTERM');

/** Backups that answer at once; `doing` may end or fail any of them. */
function backupsThat(doing: (what: string) => void): Backups {
  const does = (what: string): void => {
    asked.push(`${what} ${new Date(now).toISOString().slice(0, 16)}`);
    doing(what);
  };
  const none = async (): Promise<never> => {
    throw new Error('nobody asks for this');
  };
  return {
    ...{ place: 'memory', list: none, verify: none, plan: none, restore: none },
    async create({ onStep }) {
      does('create');
      onStep?.('backs up volume:uploads');
      now += 60_000;
      return {
        ...{ version: 1, id: 'one', system: 'Shop', environment: 'production', at: now, parts: [] },
        expected: [],
      };
    },
    async prune() {
      does('prune');
      return { removed: [], kept: [] };
    },
    async drill() {
      does('drill');
      const nothing = { measured: undefined, objective: undefined };
      const evidence = { verdict: 'fail', summary: 'a file is missing' } as const;
      return { at: now, evidence, backups: [], rpo: nothing, rto: nothing };
    },
    async settle() {
      does('settle');
    },
  };
}

/** Time passes only while somebody waits, and stops with the interruption. */
async function holdpoint(words: readonly string[], doing: (what: string) => void = () => undefined) {
  const { house, printed } = fakeHouse(folder);
  const openProject: typeof house.openProject = async (options) => ({
    ...(await house.openProject(options)),
    sets: backupsThat(doing),
    clock: {
      now: () => now,
      wait: async (milliseconds, signal) => {
        if (endBetween) ending.abort(interruption());
        signal?.throwIfAborted();
        now += milliseconds;
      },
    },
  });
  const status = await runCli(['backup', 'schedule', ...words], {
    ...{ ...house, openProject, interrupted: ending.signal },
  });
  return { status, text: printed.join('\n'), lines: printed };
}

test('prints the file of a format, with the way this program was started and the variables that it needs', async () => {
  const { status, text } = await holdpoint(['--format', 'cron']);
  expect(status).toBe(0);
  expect(text).toContain(
    `30 2 * * * cd ${folder} && /usr/bin/node /opt/holdpoint/dist/holdpoint.mjs backup create --specification ${folder}/holdpoint.yaml && `,
  );
  expect(text).toContain(`30 2 * * 1 cd ${folder} && `);
  expect(text.match(/needs \w+/g)).toEqual(['needs AWS_KEY', 'needs SHOP_KEY']);
  expect(asked).toEqual([]);
});

test('the service of compose mounts what lies outside of the folder, and nothing within it twice', async () => {
  const { text } = await holdpoint(['--format', 'compose']);
  const { backups } = parse(text).services;
  expect(backups.volumes.map(({ source }: { source: string }) => source)).toEqual([
    ...['/var/run/docker.sock', '/var/lib/docker/volumes', folder],
    ...['/mnt/large', join(folder, '../repository')],
  ]);
  expect(backups.image).toBe('holdpoint:0.1.0');
  expect(Object.keys(backups.environment)).toEqual(['TZ', 'AWS_KEY', 'SHOP_KEY']);
});

test('writes the units into a folder, and names them', async () => {
  const { status, text } = await holdpoint(['--format', 'systemd', '--output', 'units', '--json']);
  expect(status).toBe(0);
  const answer = JSON.parse(text);
  expect(answer).toMatchObject({ command: 'backup schedule', exit: 0, format: 'systemd' });
  const names = await readdir(join(folder, 'units'));
  expect(names).toHaveLength(4);
  expect(answer.files.map(({ name }: { name: string }) => name).sort()).toEqual(names.sort());
  for (const { path, text: written } of answer.files) expect(await readFile(path, 'utf8')).toBe(written);
});

test.each([
  [[], 'nothing says who keeps the times'],
  [['--format', 'windows'], "argument 'windows' is invalid"],
  [['--run', '--format', 'cron'], "option '--run' cannot be used with option '--format <format>'"],
])('%j is refused, with what to do', async (words, complaint) => {
  const { status, text } = await holdpoint(words);
  expect(status).toBe(64);
  expect(text).toContain(complaint);
  expect(text).toContain('next: ');
});

test('keeps the times: makes good what was left, then each task when it is due, whatever became of the one before', async () => {
  const { status, text } = await holdpoint(['--run'], (what) => {
    if (what === 'create' && asked.length === 2)
      throw new HoldpointError('unreachable', 'the engine is away', { next: 'Start it.' });
    if (asked.length === 5) endBetween = true;
  });
  // 2026-03-02 is a Monday.
  expect(asked).toEqual([
    'settle 2026-03-01T20:01',
    'create 2026-03-02T02:30',
    'drill 2026-03-02T02:30',
    'create 2026-03-03T02:30',
    'prune 2026-03-03T02:31',
  ]);
  expect(text).toContain(
    '2026-03-02T02:30:00.000Z failed: backup: the engine is away\n2026-03-02T02:30:00.000Z   Start it.',
  );
  expect(text).toContain('failed: drill: `holdpoint backup drill` ended with 10');
  expect(text).toContain('2026-03-03T02:30:00.000Z backs up volume:uploads\n');
  expect(text).toMatch(
    / done: backup\n.* next: backup at 2026-03-04T02:30:00.000Z\n.* ended: nothing was under way$/,
  );
  expect(status).toBe(0);
});

test('tells programs the same, one object a line', async () => {
  const { lines } = await holdpoint(['--run', '--json'], (what) => {
    if (what === 'drill') endBetween = true;
  });
  const told = lines.map((line) => JSON.parse(line));
  expect(told.map(({ command, event, task, exit }) => [command, event ?? exit, task])).toEqual([
    ['backup schedule', 'next', 'backup'],
    ['backup create', 0, undefined],
    ['backup prune', 0, undefined],
    ['backup schedule', 'done', 'backup'],
    ['backup schedule', 'next', 'drill'],
    ['backup drill', 10, undefined],
    ['backup schedule', 'failed', 'drill'],
    ['backup schedule', 'next', 'backup'],
    ['backup schedule', 0, undefined],
  ]);
  expect(told[0]).toMatchObject({ holdpoint: 1, at: Date.parse('2026-03-02T02:30:00Z') });
  expect(told[6].error).toMatchObject({ code: 'check-failed', next: expect.stringContaining('drill') });
});

test('an interruption of a task is one of the command, and says so', async () => {
  const { status, text } = await holdpoint(['--run'], (what) => {
    if (what !== 'create') return;
    ending.abort(interruption());
    ending.signal.throwIfAborted();
  });
  expect(status).toBe(130);
  expect(text).toContain('error: interrupted by SIGTERM; what was under way was ended\nnext: ');
  expect(asked).toHaveLength(2);
});

test('waits for who works on the backups, and then makes good what was left', async () => {
  await holdpoint(['--run'], () => {
    if (asked.length === 1) throw new HoldpointError('lease-held', 'somebody takes a backup');
    endBetween = true;
  });
  expect(asked).toEqual(['settle 2026-03-01T20:01', 'settle 2026-03-01T20:02']);
});
