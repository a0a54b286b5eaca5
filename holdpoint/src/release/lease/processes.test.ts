import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../system/clock.ts';
import { startDaemon } from '../../system/exec/daemon.ts';
import { signal, waitForExit } from '../../system/exec/processes.ts';
import { hasProcfs } from '../../system/exec/procfs.ts';
import { admitFence } from '../../targets/fence.ts';
import { findChainFaults } from '../log/chain.ts';
import { NOTE, opened } from '../log/log.fixture.ts';
import { openSqliteLog } from '../log/sqlite.ts';
import { LEASE_TIMES, type LeaseTimes } from './acquire.ts';
import { holdLease } from './lease.ts';
import { thisProcess } from './this-process.ts';

/** Short enough to be waited for, and long enough for a busy machine. */
const SHORT: LeaseTimes = { length: 2_500, heartbeat: 400 };

/** A log with an open run, and a process that works on it under a lease. */
async function working(times: LeaseTimes) {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-lease-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const log = openSqliteLog(join(folder, 'runs.sqlite'));
  onTestFinished(() => log.close());
  await log.append('a', 1, opened());
  const worker = await startDaemon({
    program: process.execPath,
    args: [
      join(import.meta.dirname, 'worker.fixture.ts'),
      folder,
      'first',
      String(times.length),
      String(times.heartbeat),
    ],
    cwd: folder,
    environment: { PATH: process.env['PATH'] ?? '' },
    log: join(folder, 'output'),
  });
  onTestFinished(async () => {
    await signal(worker, 'SIGKILL');
    await waitForExit(worker, 10_000);
  });
  const linesOf = async (name: string): Promise<readonly string[]> =>
    (await readFile(join(folder, name), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  const effects = () => linesOf('effects');
  /** Waits until it has just had another effect, and rests until its next. */
  const afterAnEffect = async (): Promise<void> => {
    const before = (await effects()).length;
    await until(
      async () => (await effects()).length > Math.max(before, 2),
      () => linesOf('output'),
    );
  };
  const takeOver = async (onHeld?: () => void) =>
    holdLease(log.leases, systemClock, {
      environment: 'production',
      holder: 'second',
      doing: () => '',
      signal: new AbortController().signal,
      times,
      here: await thisProcess(),
      onHeld,
    });
  return { folder, log, worker, effects, said: () => linesOf('said'), afterAnEffect, takeOver };
}

test('a holder that was stopped for longer than its lease does nothing more when it goes on', async () => {
  const { folder, log, worker, effects, said, afterAnEffect, takeOver } = await working(SHORT);
  await afterAnEffect();
  expect(await signal(worker, 'SIGSTOP')).toBe(true);
  let waited = 0;
  const second = await takeOver(() => {
    waited += 1;
  });
  // It was not dead, so that only the end of its lease has freed the environment.
  expect(waited).toBe(1);
  expect(second.authority.fence).toBe(2);
  await admitFence(folder, second.authority.fence);
  await log.append('a', systemClock.now(), NOTE, second.authority.fence);
  const [had, events] = [await effects(), await log.read('a')];
  expect(await signal(worker, 'SIGCONT')).toBe(true);
  expect(await waitForExit(worker, 20_000)).toBe(true);
  expect(await said()).toEqual(['first stopped: lease-lost', 'first aborted: lease-lost']);
  expect(await effects()).toEqual(had);
  expect(await log.read('a')).toEqual(events);
  expect(findChainFaults(events, await log.head('a'))).toEqual([]);
  await second.release();
});

test.runIf(hasProcfs())(
  'a holder that was killed is followed at once, however long its lease lasts',
  async () => {
    const { worker, effects, afterAnEffect, takeOver } = await working(LEASE_TIMES);
    await afterAnEffect();
    await expect(takeOver()).rejects.toMatchObject({ code: 'lease-held' });
    await signal(worker, 'SIGKILL');
    expect(await waitForExit(worker, 10_000)).toBe(true);
    const had = await effects();
    const second = await takeOver();
    expect(second.authority.fence).toBe(2);
    expect(await effects()).toEqual(had);
    await second.release();
  },
);

test('a holder that is interrupted gives the lease back', async () => {
  const { log, worker, said, afterAnEffect } = await working(LEASE_TIMES);
  await afterAnEffect();
  await signal(worker, 'SIGINT');
  expect(await waitForExit(worker, 20_000)).toBe(true);
  expect(await said()).toEqual(['first stopped: cancelled', 'first aborted: cancelled']);
  expect(await log.leases.current('production', systemClock.now())).toBeUndefined();
});

async function until(
  condition: () => Promise<boolean>,
  output: () => Promise<readonly string[]>,
): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`it never came to pass:\n${(await output()).join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
