import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventBody, LoggedEvent } from '../../holdpoint/src/release/events.ts';
import { fold } from '../../holdpoint/src/release/fold.ts';
import { openSqliteLog } from '../../holdpoint/src/release/log/sqlite.ts';

const APPENDED = 2_000;
const FOLDED = 100_000;

export interface LogSpeed {
  /** Events a second, each on the disk before the next is begun. */
  readonly appends: number;
  readonly folded: number;
}

/** Appends and folds what a real run logged, over and over; `folder` lies on the disk that is measured. */
export async function measureLog(events: readonly LoggedEvent[], folder: string): Promise<LogSpeed> {
  return { appends: await appends(events, folder), folded: folds(events) };
}

async function appends(events: readonly LoggedEvent[], folder: string): Promise<number> {
  const own = await mkdtemp(join(folder, 'log-'));
  const log = openSqliteLog(join(own, 'runs.sqlite'));
  const bodies = repeated(events, APPENDED);
  const began = performance.now();
  for (const body of bodies) await log.append('bench', Date.now(), body);
  const took = performance.now() - began;
  await log.close();
  await rm(own, { recursive: true, force: true });
  return (bodies.length / took) * 1_000;
}

function folds(events: readonly LoggedEvent[]): number {
  const [first] = events;
  const all = repeated(events, FOLDED).map((body, index) => ({
    ...(first as LoggedEvent),
    seq: index + 1,
    body,
  }));
  const began = performance.now();
  fold(all);
  return (all.length / (performance.now() - began)) * 1_000;
}

/** The run's events again and again, opened once and never closed. */
function repeated(events: readonly LoggedEvent[], length: number): readonly EventBody[] {
  const [opening, ...rest] = events.map(({ body }) => body);
  const middle = rest.filter(({ type }) => type !== 'run.closed');
  if (opening === undefined || middle.length === 0) throw new Error('there is no run to repeat');
  return Array.from({ length }, (_, index) =>
    index === 0 ? opening : (middle[(index - 1) % middle.length] ?? opening),
  );
}
