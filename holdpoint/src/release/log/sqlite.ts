import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HoldpointError } from '../../kernel/errors.ts';
import { type EventBody, eventBody, type LoggedEvent } from '../events.ts';
import { seal } from './chain.ts';
import type { LeaseStore, RunLog } from './log.ts';
import { sqliteLeases } from './sqlite-leases.ts';
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
  CREATE TABLE IF NOT EXISTS leases (
    environment TEXT PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER NOT NULL,
    since INTEGER NOT NULL, expires_at INTEGER NOT NULL, doing TEXT NOT NULL
  ) STRICT;
`;

/** Milliseconds that a writer waits for another process before it gives up. */
const BUSY = 5_000;

interface EventRow {
  run: string;
  seq: number;
  at: number;
  body: string;
  prev: string;
  hash: string;
}

/**
 * The log in one SQLite file. WAL lets others read during a run; `synchronous = FULL` makes a commit wait for the
 * disk, without which an event that was believed could vanish with the power.
 */
export function openSqliteLog(file: string): RunLog & { readonly leases: LeaseStore } {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: BUSY });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  database.exec(SCHEMA);
  const headOf = database.prepare('SELECT head_seq AS seq, head_hash AS hash FROM runs WHERE run = ?');
  const insertEvent = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)');
  const insertRun = database.prepare('INSERT INTO runs VALUES (?, ?, ?, ?, ?)');
  const moveHead = database.prepare('UPDATE runs SET head_seq = ?, head_hash = ? WHERE run = ?');
  const select = database.prepare('SELECT * FROM events WHERE run = ? AND seq > ? ORDER BY seq');
  const selectRuns = database.prepare('SELECT * FROM runs ORDER BY opened_at DESC, run DESC');

  const head = (run: string) => headOf.get(run) as { seq: number; hash: string } | undefined;

  function appendNow(run: string, at: number, unsealed: EventBody): LoggedEvent {
    const last = head(run);
    const body = writable(run, unsealed, last !== undefined);
    const event = seal(run, last, at, body);
    insertEvent.run(run, event.seq, at, JSON.stringify(body), event.prev, event.hash);
    if (body.type === 'run.opened') insertRun.run(run, body.environment, at, event.seq, event.hash);
    else moveHead.run(event.seq, event.hash, run);
    return event;
  }

  return {
    append: async (run, at, body) => {
      database.exec('BEGIN IMMEDIATE');
      try {
        const event = appendNow(run, at, body);
        database.exec('COMMIT');
        return event;
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
    read: async (run, after = 0) => (select.all(run, after) as unknown as EventRow[]).map(parseRow),
    head: async (run) => head(run),
    runs: async () =>
      (
        selectRuns.all() as unknown as {
          run: string;
          environment: string;
          opened_at: number;
          head_seq: number;
          head_hash: string;
        }[]
      ).map((row) => ({
        run: row.run,
        environment: row.environment,
        openedAt: row.opened_at,
        head: { seq: row.head_seq, hash: row.head_hash },
      })),
    leases: sqliteLeases(database),
    close: async () => database.close(),
  };
}

function parseRow(row: EventRow): LoggedEvent {
  const { run, seq, at, prev, hash } = row;
  const body = parseBody(row.body);
  if (body === undefined) {
    throw new HoldpointError('tampered', `event ${seq} of run '${run}' cannot be read`, {
      next: 'Run `holdpoint verify` on this log, and restore the file from your own backup.',
    });
  }
  return { run, seq, at, body, prev, hash };
}

/** The stored value itself, not the schema's copy: a copy would drop an added key, and the hash would still hold. */
function parseBody(text: string): EventBody | undefined {
  try {
    const stored: unknown = JSON.parse(text);
    return eventBody.safeParse(stored).success ? (stored as EventBody) : undefined;
  } catch {
    return undefined;
  }
}
