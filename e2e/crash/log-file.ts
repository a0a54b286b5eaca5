import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Place } from './place.ts';

/** An event as its bytes lie in the log. */
export interface RawEvent {
  readonly run: string;
  readonly seq: number;
  readonly at: number;
  readonly body: string;
  readonly prev: string;
  readonly hash: string;
}

function withLog<Result>({ state }: Place, otherwise: Result, use: (log: DatabaseSync) => Result): Result {
  const file = join(state, 'runs.sqlite');
  if (!existsSync(file)) return otherwise;
  const log = new DatabaseSync(file, { timeout: 5_000 });
  try {
    const tables = log.prepare("SELECT count(*) AS count FROM sqlite_master WHERE name = 'leases'").get();
    return tables?.['count'] === 0 ? otherwise : use(log);
  } finally {
    log.close();
  }
}

/** Everything that lies in the log, read behind Holdpoint's back. */
export const eventsIn = (place: Place): readonly RawEvent[] =>
  withLog(
    place,
    [],
    (log) => log.prepare('SELECT * FROM events ORDER BY run, seq').all() as unknown as readonly RawEvent[],
  );

export interface Head {
  readonly run: string;
  readonly seq: number;
  readonly hash: string;
}

export const headsIn = (place: Place): readonly Head[] =>
  withLog(
    place,
    [],
    (log) =>
      log
        .prepare('SELECT run, head_seq AS seq, head_hash AS hash FROM runs')
        .all() as unknown as readonly Head[],
  );

/** Who holds the environment now. */
export const holderIn = (place: Place): string | undefined =>
  withLog(place, undefined, (log) => {
    const held = log.prepare('SELECT holder FROM leases WHERE expires_at > ?').get(Date.now());
    return held === undefined ? undefined : String(held['holder']);
  });

/** As if the time had passed after which the lease of a killed process is free. */
export function letLeaseRunOut(place: Place): void {
  withLog(place, undefined, (log) => log.exec('UPDATE leases SET expires_at = 0'));
}
