import type { DatabaseSync } from 'node:sqlite';
import type { EventBody } from '../events.ts';
import type { EdgeCount } from '../state.ts';
import type { Outline } from './log.ts';
import { type EventRow, parseRow } from './sqlite-rows.ts';
import { transaction } from './sqlite-transaction.ts';

/** By its text alone, so that no block has to be parsed to be left out. `textOf` writes it so. */
const IS_BLOCK = `substr(body, 1, 21) = '{"type":"watch.block"'`;

/** A body as it is written: its type always comes first. */
export function textOf({ type, ...rest }: EventBody): string {
  return JSON.stringify({ type, ...rest });
}

// Text that was damaged behind our back must not keep the log from being opened: `verify` says where it is.
const summed = (field: string): string =>
  `sum(CASE WHEN seq > ifnull(since, 0) AND json_valid(body) THEN body ->> '$.block.edge.${field}' END)`;

/**
 * What the watch of each run has counted, kept with every append, and an index of what is no block: a hundred thousand
 * blocks take ten times as long to read as a command may take. Both only repeat what the events say.
 */
export function prepareOutline(database: DatabaseSync): void {
  const isThere = (): boolean =>
    database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'watched'").get() !== undefined;
  if (isThere()) return;
  transaction(database, () => {
    if (isThere()) return;
    database.exec(`
      CREATE INDEX events_others ON events (run, seq) WHERE NOT (${IS_BLOCK});
      CREATE TABLE watched (run TEXT PRIMARY KEY, blocks INTEGER NOT NULL, requests INTEGER, lost INTEGER) STRICT;
      WITH counts AS (
        SELECT run, max(seq) AS since FROM events WHERE substr(body, 1, 22) = '{"type":"edge.counted"' GROUP BY run
      ) INSERT INTO watched SELECT run, count(*), ${summed('requests')}, ${summed('lost')}
        FROM events LEFT JOIN counts USING (run) WHERE ${IS_BLOCK} GROUP BY run;
    `);
  });
}

/** Counts an event that is being appended, in its transaction. */
export function watchedCounter(database: DatabaseSync): (run: string, body: EventBody) => void {
  const count = database.prepare(`
    INSERT INTO watched VALUES (:run, 1, :requests, :lost) ON CONFLICT (run) DO UPDATE SET blocks = blocks + 1,
      requests = coalesce(requests + :requests, requests, :requests), lost = coalesce(lost + :lost, lost, :lost)`);
  const forget = database.prepare('UPDATE watched SET requests = NULL, lost = NULL WHERE run = ?');
  return (run, body) => {
    // The edge's own totals stand for every block before them.
    if (body.type === 'edge.counted') forget.run(run);
    if (body.type !== 'watch.block') return;
    const seen = (body.block as { edge?: EdgeCount } | null)?.edge;
    count.run({ run, requests: seen?.requests ?? null, lost: seen?.lost ?? null });
  };
}

export function outlineReader(database: DatabaseSync): (run: string) => Outline {
  const others = database.prepare(
    `SELECT * FROM events INDEXED BY events_others WHERE run = ? AND NOT (${IS_BLOCK}) ORDER BY seq`,
  );
  const watched = database.prepare('SELECT blocks, requests, lost FROM watched WHERE run = ?');
  const final = database.prepare('SELECT seq, hash, at FROM events WHERE run = ? ORDER BY seq DESC LIMIT 1');
  return (run) => {
    const { blocks, requests, lost } = (watched.get(run) ?? { blocks: 0, requests: null, lost: null }) as {
      blocks: number;
      requests: number | null;
      lost: number | null;
    };
    const last = final.get(run) as Outline['last'];
    return {
      events: (others.all(run) as unknown as EventRow[]).map(parseRow),
      blocks: { count: blocks, edge: requests === null ? undefined : { requests, lost: lost ?? 0 } },
      last: last === undefined ? undefined : { ...last },
    };
  };
}
