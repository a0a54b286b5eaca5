import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { startDaemon } from '../../system/exec/daemon.ts';
import { signal, waitForExit } from '../../system/exec/processes.ts';
import { findChainFaults } from './chain.ts';
import { NOTE, opened } from './log.fixture.ts';
import { openSqliteLog } from './sqlite.ts';

/** Bytes: the smallest there is, so that every position of several frames can be tried. */
const PAGE = 512;

interface Told {
  readonly seq: number;
  /** Length of the write-ahead log when the event was told to be on the disk. */
  readonly wal: number;
}

/** A log, its write-ahead log, and what a process that was killed while it appended had been told. */
async function killedWhileAppending(folder: string): Promise<{ file: string; told: readonly Told[] }> {
  const file = join(folder, 'runs.sqlite');
  const made = new DatabaseSync(file);
  made.exec(`PRAGMA page_size = ${PAGE}; PRAGMA journal_mode = WAL; VACUUM`);
  made.close();
  const before = openSqliteLog(file);
  await before.append('a', 1, opened());
  await before.close();
  const output = join(folder, 'told');
  const writer = await startDaemon({
    program: process.execPath,
    args: [join(import.meta.dirname, 'telling-appender.fixture.ts'), file, 'a'],
    cwd: folder,
    environment: { PATH: process.env['PATH'] ?? '' },
    log: output,
  });
  onTestFinished(async () => {
    await signal(writer, 'SIGKILL');
  });
  const lines = async (): Promise<readonly string[]> =>
    (await readFile(output, 'utf8')).split('\n').slice(0, -1);
  const deadline = performance.now() + 30_000;
  while ((await lines()).length < 10) {
    if (performance.now() > deadline) throw new Error(`it does not append:\n${(await lines()).join('\n')}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await signal(writer, 'SIGKILL');
  expect(await waitForExit(writer, 10_000)).toBe(true);
  const told = (await lines()).map((line) => JSON.parse(line) as Told);
  return { file, told };
}

test('a log whose tail was torn off at any byte opens with a prefix, holds together and is written on', async () => {
  // In memory where that can be: it is opened thousands of times, and a sync that costs nothing tears nothing either.
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdpoint-torn-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { file, told } = await killedWhileAppending(folder);
  const [base, wal] = [join(folder, 'base'), join(folder, 'wal')];
  await Promise.all([copyFile(file, base), copyFile(`${file}-wal`, wal)]);
  const whole = await readFile(wal);
  const last = told.at(-1);
  const from = told.at(-2)?.wal ?? 0;
  expect(last?.wal).toBeGreaterThan(from);
  // All frames of the last event that was told, and whatever the kill has left behind them.
  expect(whole.length - from).toBeGreaterThan(2 * PAGE);
  let shortened = 0;
  for (let cut = from; cut <= whole.length; cut += 1) {
    await copyFile(base, file);
    await rm(`${file}-shm`, { force: true });
    const torn = await open(`${file}-wal`, 'w');
    await torn.write(whole, 0, cut);
    await torn.close();
    const log = openSqliteLog(file);
    const events = await log.read('a');
    const where = `cut at ${cut} of ${whole.length}`;
    const kept = told.filter(({ wal: end }) => end <= cut).at(-1)?.seq ?? 1;
    expect(events.length, where).toBeGreaterThanOrEqual(kept);
    if (events.length < (last?.seq ?? 0)) shortened += 1;
    expect(findChainFaults(events, await log.head('a')), where).toEqual([]);
    expect((await log.append('a', 2, NOTE)).seq, where).toBe(events.length + 1);
    expect(findChainFaults(await log.read('a'), await log.head('a')), where).toEqual([]);
    await log.close();
  }
  expect(shortened).toBeGreaterThan(2 * PAGE);
}, 180_000);
