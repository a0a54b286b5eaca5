import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EventBody, LoggedEvent } from '../../holdpoint/src/release/events.ts';
import { fold } from '../../holdpoint/src/release/fold.ts';
import { seal } from '../../holdpoint/src/release/log/chain.ts';
import { openSqliteLog } from '../../holdpoint/src/release/log/sqlite.ts';
import type { Place } from '../tour/place.ts';

const EVENTS = 100_000;
const ROUNDS = 11;
const SPECIFICATION = 'version: 1\nname: Long\n';
const OTHER_THAN_BLOCKS = 200;

/** What a run of many events costs, nearly all of them blocks of the watch. Milliseconds, one a round. */
export interface LongRun {
  readonly events: number;
  /** Read from the disk and folded. */
  readonly folded: readonly number[];
  /** `holdpoint status`, from its start to its end. */
  readonly status: readonly number[];
}

function bodyAt(index: number, at: number): EventBody {
  const digest = 'a'.repeat(64);
  if (index === 0) {
    return {
      type: 'run.opened',
      name: 'Long',
      environment: 'production',
      version: '2.0.0',
      to: { version: '2.0.0', digest },
      by: { name: 'Ada' },
      specification: digest,
      checklist: { file: 'checklist.md', digest, text: '- [ ] One\n' },
      product: '0.1.0',
      timeScale: 1,
    };
  }
  if (index % OTHER_THAN_BLOCKS === 0) {
    const evidence = { verdict: 'pass', summary: 'as it should be' } as const;
    return { type: 'check.settled', phase: 'watch', check: `watch.${index}`, evidence, milliseconds: 12 };
  }
  const quiet = { events: 0, trials: 25 };
  return {
    type: 'watch.block',
    block: {
      at,
      milliseconds: 500,
      watched: 4,
      answered: 4,
      metrics: {
        errors: quiet,
        latency: { above: 0, aboveForGood: 0, trials: 25 },
        cpu: quiet,
        memory: quiet,
      },
      hard: [],
      replicas: [],
      edge: { requests: 25, lost: 0, totals: { requests: 25 * index, lost: 0 } },
      notes: [],
    },
  };
}

/** Written in one transaction: each on the disk by itself would take minutes. */
function writeEvents(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(`
    CREATE TABLE runs (run TEXT PRIMARY KEY, environment TEXT NOT NULL, opened_at INTEGER NOT NULL,
      head_seq INTEGER NOT NULL, head_hash TEXT NOT NULL) STRICT;
    CREATE TABLE events (run TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
      prev TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;
    BEGIN`);
  const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)');
  const began = Date.now() - EVENTS * 500;
  let last: LoggedEvent | undefined;
  for (let index = 0; index < EVENTS; index += 1) {
    const at = began + index * 500;
    last = seal('long', last, at, bodyAt(index, at));
    insert.run('long', last.seq, at, JSON.stringify(last.body), last.prev, last.hash);
  }
  database
    .prepare('INSERT INTO runs VALUES (?, ?, ?, ?, ?)')
    .run('long', 'production', began, last?.seq ?? 0, last?.hash ?? '');
  database.exec('COMMIT');
  database.close();
}

/** Writes such a run into a folder of its own and looks at it as a resume and a status do. */
export async function measureLongRun({ node, command }: Place): Promise<LongRun> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-long-run-'));
  try {
    const state = join(folder, '.holdpoint', 'production');
    await mkdir(state, { recursive: true });
    await writeFile(join(folder, 'holdpoint.yaml'), SPECIFICATION);
    await writeFile(join(folder, 'checklist.md'), '- [ ] One\n');
    const file = join(state, 'runs.sqlite');
    writeEvents(file);
    // The first opening counts what a file of an older version does not say.
    const log = openSqliteLog(file);
    const folded: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const began = performance.now();
      fold(await log.read('long'));
      folded.push(performance.now() - began);
    }
    await log.close();
    const status = Array.from({ length: ROUNDS }, () => {
      const began = performance.now();
      execFileSync(node, [command, 'status'], { cwd: folder });
      return performance.now() - began;
    });
    return { events: EVENTS, folded, status };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
