import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EventBody, LoggedEvent } from '../events.ts';
import { seal } from './chain.ts';
import { assertHeld } from './fencing.ts';
import type { LeaseStore, RunLog } from './log.ts';
import { leaseFinder, prepareLeases, sqliteLeases } from './sqlite-leases.ts';
import { outlineReader, prepareOutline, textOf, watchedCounter } from './sqlite-outline.ts';
import { type EventRow, parseRow } from './sqlite-rows.ts';
import { storageError, transaction } from './sqlite-transaction.ts';
import { writable } from './writable.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS runs (
    run TEXT PRIMARY KEY, environment TEXT NOT NULL, opened_at INTEGER NOT NULL,
    head_seq INTEGER NOT NULL, head_hash TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS events (
    run TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
    prev TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (run, seq)
  ) STRICT, WITHOUT ROWID;
`;

/** Milliseconds that a writer waits for another process before it gives up. */
const BUSY = 5_000;

interface RunRow {
  run: string;
  environment: string;
  opened_at: number;
  head_seq: number;
  head_hash: string;
}

/**
 * The log in one SQLite file. WAL lets others read during a run; `synchronous = FULL` makes a commit wait for the
 * disk, without which an event that was believed could vanish with the power.
 */
export function openSqliteLog(file: string): RunLog & { readonly leases: LeaseStore } {
  mkdirSync(dirname(file), { recursive: true });
  const database = open(file);
  const findRun = database.prepare('SELECT * FROM runs WHERE run = ?');
  const timeOf = database.prepare('SELECT at FROM events WHERE run = ? AND seq = ?');
  const insertEvent = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)');
  const insertRun = database.prepare('INSERT INTO runs VALUES (?, ?, ?, ?, ?)');
  const moveHead = database.prepare('UPDATE runs SET head_seq = ?, head_hash = ? WHERE run = ?');
  const select = database.prepare('SELECT * FROM events WHERE run = ? AND seq > ? ORDER BY seq');
  const selectRuns = database.prepare('SELECT * FROM runs ORDER BY opened_at DESC, run DESC');
  const leaseOf = leaseFinder(database);
  const outline = outlineReader(database);
  const count = watchedCounter(database);

  const rowOf = (run: string) => findRun.get(run) as RunRow | undefined;

  function lastOf(row: RunRow) {
    const { at } = (timeOf.get(row.run, row.head_seq) ?? { at: 0 }) as { at: number };
    return { seq: row.head_seq, hash: row.head_hash, at };
  }

  function appendNow(run: string, at: number, unsealed: EventBody, fence: number | undefined): LoggedEvent {
    const row = rowOf(run);
    const body = writable(run, unsealed, row !== undefined);
    const environment = body.type === 'run.opened' ? body.environment : (row?.environment ?? '');
    if (fence !== undefined) assertHeld(leaseOf(environment), fence, at);
    const event = seal(run, row === undefined ? undefined : lastOf(row), at, body);
    insertEvent.run(run, event.seq, event.at, textOf(body), event.prev, event.hash);
    if (body.type === 'run.opened') insertRun.run(run, environment, event.at, event.seq, event.hash);
    else moveHead.run(event.seq, event.hash, run);
    count(run, body);
    return event;
  }

  return {
    append: async (run, at, body, fence) => transaction(database, () => appendNow(run, at, body, fence)),
    read: async (run, after = 0) => (select.all(run, after) as unknown as EventRow[]).map(parseRow),
    outline: async (run) => outline(run),
    head: async (run) => headOf(rowOf(run)),
    runs: async () =>
      (selectRuns.all() as unknown as RunRow[]).map((row) => ({
        run: row.run,
        environment: row.environment,
        openedAt: row.opened_at,
        head: { seq: row.head_seq, hash: row.head_hash },
      })),
    leases: sqliteLeases(database),
    close: async () => database.close(),
  };
}

function open(file: string): DatabaseSync {
  try {
    const database = new DatabaseSync(file, { timeout: BUSY });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec(SCHEMA);
    prepareOutline(database);
    prepareLeases(database);
    return database;
  } catch (error) {
    throw storageError(error);
  }
}

const headOf = (row: RunRow | undefined) =>
  row === undefined ? undefined : { seq: row.head_seq, hash: row.head_hash };
