import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDaemon } from '../../system/exec/daemon.ts';
import { signal, waitForExit } from '../../system/exec/processes.ts';
import { run as exec } from '../../system/exec/run.ts';
import { findChainFaults } from './chain.ts';
import { describeLogContract } from './contract.ts';
import { NOTE, opened } from './log.fixture.ts';
import { openSqliteLog } from './sqlite.ts';

async function freshFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-log-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'state', 'runs.sqlite');
}

describeLogContract('SQLite', async () => openSqliteLog(await freshFile()));

/** Another process that appends `count` events, once as many as `parties` are there. */
const appender = (file: string, name: string, count: number, parties = 1) => ({
  program: process.execPath,
  args: [join(import.meta.dirname, 'appender.fixture.ts'), file, 'a', name, String(count), String(parties)],
  cwd: import.meta.dirname,
});

describe('several writers of one file', () => {
  it('two connections take turns, and each sees what the other wrote', async () => {
    const file = await freshFile();
    const one = openSqliteLog(file);
    const other = openSqliteLog(file);
    await one.append('a', 1, opened());
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([one.append('a', 2, NOTE), other.append('a', 3, NOTE)]);
    }
    expect(await one.read('a')).toEqual(await other.read('a'));
    expect(findChainFaults(await one.read('a'), await other.head('a'))).toEqual([]);
    expect((await one.head('a'))?.seq).toBe(11);
    await Promise.all([one.close(), other.close()]);
  });

  it('two processes at once lose no event and give no number twice', async () => {
    const file = await freshFile();
    const log = openSqliteLog(file);
    await log.append('a', 1, opened());
    const each = 60;
    const ended = await Promise.all(
      ['one', 'other'].map((name) => exec(appender(file, name, each, 2), { timeout: 20_000 })),
    );
    expect(ended).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
    const events = await log.read('a');
    expect(findChainFaults(events, await log.head('a'))).toEqual([]);
    const reasons = events.flatMap(({ body }) => (body.type === 'edge.unread' ? [body.reason] : []));
    expect(new Set(reasons).size).toBe(2 * each + 1);
    expect(events).toHaveLength(2 * each + 3);
    await log.close();
  });

  it('a process killed while it appends leaves a log that holds together and is written on', async () => {
    const file = await freshFile();
    const log = openSqliteLog(file);
    await log.append('a', 1, opened());
    const { identity, output } = await launched(appender(file, 'killed', 1_000_000), file);
    // Reads while another writes: whatever is seen must hold together.
    await until(async () => {
      const events = await log.read('a');
      expect(findChainFaults(events, undefined)).toHaveLength(1);
      return events.length > 20;
    });
    expect(await signal(identity, 'SIGKILL')).toBe(true);
    expect(await waitForExit(identity, 10_000)).toBe(true);
    const told = Number((await readFile(output, 'utf8')).trim().split('\n').at(-1));
    const events = await log.read('a');
    // What a writer was told to be on the disk is there.
    expect(events.length).toBeGreaterThanOrEqual(told);
    expect(findChainFaults(events, await log.head('a'))).toEqual([]);
    expect((await log.append('a', 2, NOTE)).seq).toBe(events.length + 1);
    await log.close();
  });

  it('of two connections that want a lease at once, one gets it', async () => {
    const file = await freshFile();
    const one = openSqliteLog(file);
    const other = openSqliteLog(file);
    const leases = await Promise.all([
      one.leases.take({ environment: 'production', holder: 'ada', now: 100, expiresAt: 160, doing: '' }),
      other.leases.take({ environment: 'production', holder: 'grace', now: 100, expiresAt: 160, doing: '' }),
    ]);
    expect(leases[0]).toEqual(leases[1]);
    await Promise.all([one.close(), other.close()]);
  });
});

describe('a log that was changed by SQL', () => {
  /** Writes five events, changes the file as `sql` says, and returns what is found. */
  async function faultsAfter(sql: string): Promise<readonly string[]> {
    const file = await freshFile();
    const log = openSqliteLog(file);
    await log.append('a', 1, opened());
    for (const reason of ['two', 'three', 'four', 'five']) {
      await log.append('a', 2, { type: 'edge.unread', reason });
    }
    expect(findChainFaults(await log.read('a'), await log.head('a'))).toEqual([]);
    await log.close();
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
    const changed = openSqliteLog(file);
    onTestFinished(() => changed.close());
    const faults = findChainFaults(await changed.read('a'), await changed.head('a'));
    return faults.map(({ seq, what }) => `${seq} ${what}`);
  }

  it.each([
    ['a word in a body', `UPDATE events SET body = replace(body, 'three', 'zwei') WHERE seq = 3`],
    [
      'a key added to a body that no reader knows',
      `UPDATE events SET body = json_insert(body, '$.approvedBy', 'Mallory') WHERE seq = 3`,
    ],
    ['a time', 'UPDATE events SET at = at + 1 WHERE seq = 3'],
  ])('%s is found at its event', async (_what, sql) => {
    expect(await faultsAfter(sql)).toEqual(['3 was changed after it was written']);
  });

  it('a key added deep inside a body is found', async () => {
    const sql = `UPDATE events SET body = json_insert(body, '$.to.note', 'x') WHERE seq = 1`;
    expect(await faultsAfter(sql)).toEqual(['1 was changed after it was written']);
  });

  it('a changed hash is found there and at the link after it', async () => {
    expect(await faultsAfter(`UPDATE events SET hash = '${'e'.repeat(64)}' WHERE seq = 3`)).toEqual([
      '3 was changed after it was written',
      '4 does not follow the event before it',
    ]);
  });

  it('an event that is gone from the middle is found', async () => {
    expect(await faultsAfter('DELETE FROM events WHERE seq = 3')).toEqual([
      '4 event 3 is missing or out of order',
      '4 does not follow the event before it',
    ]);
  });

  it('a gap that was closed by counting anew is found', async () => {
    const faults = await faultsAfter(
      'DELETE FROM events WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = 4; UPDATE events SET seq = 4 WHERE seq = 5;',
    );
    expect(faults).toContain('3 does not follow the event before it');
    expect(faults).toContain('5 the log should end with event 5, and does not');
  });

  it('a tail that is gone is found by the head', async () => {
    expect(await faultsAfter('DELETE FROM events WHERE seq > 3')).toEqual([
      '5 the log should end with event 5, and does not',
    ]);
  });

  it('two events that changed places are found', async () => {
    const faults = await faultsAfter(
      'UPDATE events SET seq = 9 WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = 4; UPDATE events SET seq = 4 WHERE seq = 9;',
    );
    expect(faults).toContain('3 was changed after it was written');
    expect(faults).toContain('4 was changed after it was written');
  });

  it('an event of another run that was moved here is found', async () => {
    expect(
      await faultsAfter(
        "UPDATE events SET run = 'b' WHERE seq = 5; UPDATE runs SET head_seq = 4 WHERE run = 'a'",
      ),
    ).not.toEqual([]);
  });

  it('a run that was taken from the list is found by its events', async () => {
    expect(await faultsAfter('DELETE FROM runs')).toEqual([
      '0 the log should end with event 0, and does not',
    ]);
  });

  it.each([
    ['no JSON', 'not json'],
    ['no event', '{"type":"edge.unread"}'],
    ['an event of no kind that there is', '{"type":"edge.unseen","reason":""}'],
  ])('what is %s any more is told as tampered, with its number', async (_what, body) => {
    await expect(faultsAfter(`UPDATE events SET body = '${body}' WHERE seq = 3`)).rejects.toMatchObject({
      code: 'tampered',
      message: expect.stringContaining('event 3'),
    });
  });
});

async function launched(command: ReturnType<typeof appender>, file: string) {
  const output = `${file}.out`;
  const identity = await startDaemon({
    ...command,
    environment: { PATH: process.env['PATH'] ?? '' },
    log: output,
  });
  onTestFinished(async () => {
    await signal(identity, 'SIGKILL');
  });
  return { identity, output };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('it never came to pass');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
