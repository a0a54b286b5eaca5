import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import type { EventBody, LoggedEvent } from '../events.ts';
import { fold } from '../fold.ts';
import { outlineState } from '../outline.ts';
import { findChainFaults, seal } from './chain.ts';
import { opened } from './log.fixture.ts';
import { openSqliteLog } from './sqlite.ts';

const block = (requests: number): EventBody => ({
  type: 'watch.block',
  block: { at: 1, edge: { requests, lost: 1 } },
});

/** A file as version 0.1.0 wrote it: leases without their process, and nothing beside the events. */
async function olderFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-older-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'runs.sqlite');
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE runs (run TEXT PRIMARY KEY, environment TEXT NOT NULL, opened_at INTEGER NOT NULL,
      head_seq INTEGER NOT NULL, head_hash TEXT NOT NULL) STRICT;
    CREATE TABLE events (run TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
      prev TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;
    CREATE TABLE leases (environment TEXT PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER NOT NULL,
      since INTEGER NOT NULL, expires_at INTEGER NOT NULL, doing TEXT NOT NULL) STRICT;
    INSERT INTO leases VALUES ('production', 'ada', 4, 100, 160, 'deploying')`);
  const bodies = [
    opened(),
    block(5),
    { type: 'edge.counted', requests: 7, lost: 0 } as const,
    block(3),
    block(2),
  ];
  const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)');
  let last: LoggedEvent | undefined;
  for (const body of bodies) {
    last = seal('a', last, 1, body);
    insert.run('a', last.seq, 1, JSON.stringify(body), last.prev, last.hash);
  }
  database
    .prepare('INSERT INTO runs VALUES (?, ?, ?, ?, ?)')
    .run('a', 'production', 1, last?.seq ?? 0, last?.hash ?? '');
  database.close();
  return file;
}

test('a log of an older version is opened, also by two at once, and goes on', async () => {
  const file = await olderFile();
  const one = openSqliteLog(file);
  const other = openSqliteLog(file);
  onTestFinished(() => one.close());
  onTestFinished(() => other.close());
  for (const log of [one, other]) {
    const { watch, edge } = await outlineState(log, 'a');
    expect(watch.blocks).toHaveLength(3);
    expect(edge).toEqual({ requests: 12, lost: 2 });
    expect(edge).toEqual(fold(await log.read('a')).edge);
  }
  await one.append('a', 2, block(1));
  expect((await outlineState(other, 'a')).edge).toEqual({ requests: 13, lost: 3 });
  expect(findChainFaults(await other.read('a'), await other.head('a'))).toEqual([]);
});

test('a lease of an older version keeps its fence, and is free at its end', async () => {
  const log = openSqliteLog(await olderFile());
  onTestFinished(() => log.close());
  expect(await log.leases.current('production', 159)).toEqual({
    environment: 'production',
    holder: 'ada',
    fence: 4,
    since: 100,
    expiresAt: 160,
    doing: 'deploying',
  });
  const process = { host: 'here', pid: 1, startTicks: 2 };
  const claim = { environment: 'production', holder: 'grace', now: 160, expiresAt: 220, doing: '', process };
  expect(await log.leases.take(claim)).toMatchObject({ fence: 5, process });
});
