import type { DatabaseSync } from 'node:sqlite';
import { HoldpointError } from '../../kernel/errors.ts';

/** All of it or nothing. Throws what `work` throws, and what SQLite throws as `unreachable`. */
export function transaction<Result>(database: DatabaseSync, work: () => Result): Result {
  try {
    database.exec('BEGIN IMMEDIATE');
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk has ended the transaction already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw storageError(error);
  }
}

/** Primary result codes of SQLite, by what somebody can do about them. */
const FULL = 13;
const BUSY = 5;

/** An error of SQLite in our words; anything else as it is. */
export function storageError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  // The higher bits tell variants apart, such as a write from a sync that failed.
  const primary = Number(error.errcode) & 0xff;
  if (primary === FULL) {
    return new HoldpointError('unreachable', 'the run log cannot grow: its disk is full', {
      cause: error,
      next: 'Nothing was written. Make room there, then go on with `holdpoint resume`.',
    });
  }
  if (primary === BUSY) {
    return new HoldpointError('unreachable', 'another process keeps the run log locked', {
      cause: error,
      next: 'See what works on it with `holdpoint status`, then go on with `holdpoint resume`.',
    });
  }
  return new HoldpointError('unreachable', 'the run log cannot be read or written', {
    cause: error,
    next: 'Look at the disk and at the rights of the state folder, then go on with `holdpoint resume`.',
  });
}
