import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from '../../system/postgres/connection.ts';
import type { CopyOptions } from './consistent-copy.ts';
import type { Writes } from './statistics.ts';
import { parseLsn } from './wal.ts';

/** An instant with the end of the log just after it: what was committed before lies before that end. */
export interface Moment {
  readonly at: number;
  readonly lsn: string;
  readonly writes: Writes;
}

const EVERY = 100;
/** Milliseconds between two readings of the statistics, which cost a connection to each database. */
const READ_EVERY = 1_000;

/**
 * Notes moments while `work` runs. pg_basebackup decides by itself where its copy becomes consistent, and tells the
 * position but no time.
 */
export async function watchingMoments<Result>(
  session: Session,
  options: Pick<CopyOptions, 'now' | 'observe'>,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly moments: readonly Moment[] }> {
  const moments: Moment[] = [];
  let writes = await options.observe();
  let readAt = performance.now();
  const note = async (): Promise<void> => {
    if (performance.now() - readAt > READ_EVERY) {
      writes = await options.observe();
      readAt = performance.now();
    }
    const at = options.now();
    const [now] = await session.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
    if (now !== undefined) moments.push({ at, lsn: now.lsn, writes });
  };
  await note();
  const ended = new AbortController();
  const noting = (async () => {
    while (!ended.signal.aborted) {
      await delay(EVERY, undefined, { signal: ended.signal }).catch(() => undefined);
      if (!ended.signal.aborted) await note();
    }
  })();
  // Awaited below; a failure must not count as unheard until then.
  noting.catch(() => undefined);
  try {
    const result = await work();
    ended.abort();
    await noting;
    return { result, moments };
  } finally {
    ended.abort();
    await noting.catch(() => undefined);
  }
}

/** Pure: the last moment that lies before a position; undefined when none does. */
export function lastBefore(moments: readonly Moment[], lsn: string): Moment | undefined {
  return moments.findLast((moment) => parseLsn(moment.lsn) <= parseLsn(lsn));
}
