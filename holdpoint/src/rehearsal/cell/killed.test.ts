import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Attached, startAttached } from '../../system/exec/attached.ts';
import { findByEnvironment, signal } from '../../system/exec/processes.ts';
import { bubblewrapHere } from './bubblewrap.fixture.ts';
import { openCell } from './open.ts';
import { CELL_VARIABLE } from './orders.ts';

/** A port that nothing listens on; a lower one may be kept for root. */
const NOBODY = 54_329;
const IN_TIME = { timeout: 5_000, interval: 50 };
let folder: string;
let holder: Attached | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-killed-'));
});
afterEach(async () => {
  holder?.kill();
  await holder?.ended;
  await rm(folder, { recursive: true, force: true });
});

/** Another process that opens a cell, starts in it what ignores SIGTERM and leaves its session, and waits. */
async function openElsewhere(how: object): Promise<string> {
  const stubborn = {
    service: 'stubborn',
    program: 'sh',
    args: [
      '-c',
      `setsid sh -c 'trap "" TERM; while :; do sleep 1; done' & trap "" TERM; while :; do sleep 1; done`,
    ],
    cwd: folder,
    environment: { PATH: process.env['PATH'] ?? '', STARTED_FOR: folder },
    startWithin: 1_000,
    routed: false,
  };
  const script = `
    import { openCell } from ${JSON.stringify(new URL('./open.ts', import.meta.url).href)};
    const launch = ${JSON.stringify(stubborn)};
    const database = { host: '127.0.0.1', port: ${NOBODY} };
    const cell = await openCell({ database, launches: [launch], ...${JSON.stringify(how)} });
    await cell.start(launch);
    await cell.reach(4000);
    console.log(JSON.stringify(process.pid));
    setInterval(() => undefined, 1000);`;
  holder = await startAttached({
    program: process.execPath,
    args: ['--input-type=module', '-e', script],
    environment: { PATH: process.env['PATH'] ?? '', TMPDIR: tmpdir() },
  });
  for await (const line of holder.lines) if (Number(line) > 0) return markOf(folder);
  throw new Error(await holder.ended);
}

/** The cell's own folder, as its processes carry it. */
async function markOf(started: string): Promise<string> {
  const found = await vi.waitFor(async () => {
    const all = await findByEnvironment('STARTED_FOR', started);
    const mark = all.flatMap(({ environment }) => environment[CELL_VARIABLE] ?? [])[0];
    if (mark === undefined) throw new Error('no process of the cell was found');
    return mark;
  }, IN_TIME);
  return found;
}

/** Once all of the cell run: its own program, and what it started with the session of its own and their sleeps. */
async function processesOf(mark: string) {
  return vi.waitFor(async () => {
    const found = await findByEnvironment(CELL_VARIABLE, mark);
    expect(found.length).toBeGreaterThanOrEqual(4);
    return found;
  }, IN_TIME);
}

/** Never 0, which would be our own process group. */
async function killNow(pid: number | undefined): Promise<void> {
  if (pid === undefined || pid < 2) throw new Error('there is no process to kill');
  process.kill(pid, 'SIGKILL');
}

function describeKilled(
  name: string,
  how: { readonly isolation: 'required' | 'preferred'; readonly bwrap?: string },
) {
  describe(`${name}, whose opener is killed`, () => {
    it('leaves no process, and a folder that the next one removes', async () => {
      const mark = await openElsewhere(how);
      const before = await processesOf(mark);
      // Not even its own program has to notice.
      if (how.isolation === 'required') for (const one of before) await signal(one, 'SIGSTOP');
      await killNow(holder?.pid);
      await vi.waitFor(async () => expect(await findByEnvironment(CELL_VARIABLE, mark)).toEqual([]), IN_TIME);
      await holder?.ended;
      const next = await openCell({ database: { host: '127.0.0.1', port: NOBODY }, launches: [], ...how });
      await next.close();
      expect(existsSync(mark)).toBe(false);
    });
  });
}

describe.runIf(await bubblewrapHere())('with bubblewrap', () => {
  describeKilled('a cell that is cut off', { isolation: 'required' });
});
describeKilled('a cell that is not cut off', { isolation: 'preferred', bwrap: 'no-such-bwrap' });

describe('a cell that is not cut off', () => {
  it('and whose own program is killed, leaves no process once it is closed', async () => {
    const launch = {
      service: 'sleeper',
      program: 'sleep',
      args: ['60'],
      cwd: folder,
      environment: { PATH: process.env['PATH'] ?? '', STARTED_FOR: folder },
      startWithin: 1_000,
      routed: false,
    };
    const database = { host: '127.0.0.1', port: NOBODY };
    const cell = await openCell({
      database,
      launches: [launch],
      isolation: 'preferred',
      bwrap: 'no-such-bwrap',
    });
    const { alive } = await cell.start(launch);
    const mark = await markOf(folder);
    const all = await findByEnvironment(CELL_VARIABLE, mark);
    const program = all.find(({ parent }) => parent === process.pid);
    await killNow(program?.pid);
    await vi.waitFor(() => expect(alive()).rejects.toMatchObject({ code: 'unreachable' }), IN_TIME);
    await cell.close();
    expect(await findByEnvironment(CELL_VARIABLE, mark)).toEqual([]);
  });
});
