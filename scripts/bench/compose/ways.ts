import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoggedEvent } from '../../../holdpoint/src/release/events.ts';
import { openSqliteLog } from '../../../holdpoint/src/release/log/sqlite.ts';
import { marked } from '../../tour/clear.ts';
import { type Seen, startClients } from './clients.ts';
import { readTold, type Spent, spentIn } from './overhead.ts';
import { openCensus } from './settled.ts';
import { longest, silences, total } from './spans.ts';
import { FIRST, NEXT, type Yard } from './yard.ts';

/** One replacement under load. Milliseconds. */
export interface Replaced {
  /** The whole command, from its start to its end. */
  readonly command: number;
  /** From the command's start until only the new version runs and every container is healthy. */
  readonly settled: number;
  /** In which no request was answered well: the longest such time, and all of them. */
  readonly away: { readonly longest: number; readonly total: number };
  readonly sent: number;
  readonly lost: number;
}

export interface ByHoldpoint {
  readonly there: Replaced;
  readonly back: Replaced;
  readonly spentThere: Spent;
  readonly spentBack: Spent;
  readonly phases: ReadonlyMap<string, number>;
}

/** Shorter times without an answer are a busy machine and no downtime. */
const AWAY = 250;
const LIMIT = 400_000;
/** Of a deployment: the watch may have seen too little in this time to call it good, and then a person would answer. */
const IN_SERVICE = [0, 12];
const ROLLED_BACK = [11];

/** The first version in service as plain compose starts it; the edge finds containers by their names again. */
export async function begin({ system, place, compose }: Yard): Promise<void> {
  await rm(join(place.project, '.holdpoint'), { recursive: true, force: true });
  await rm(join(place.project, 'run/edge/upstreams.conf'), { force: true });
  await compose(FIRST, 'up', '-d', '--no-build');
  const [edge = ''] = await system.containers('nginx');
  await system.docker('exec', edge, 'nginx', '-s', 'reload');
}

/** A command of plain compose that takes the system from the first version to the next. */
export async function byCompose(yard: Yard, rate: number, commands: readonly string[][]): Promise<Replaced> {
  await settle(yard, () => begin(yard));
  const clients = await startClients(yard, rate);
  const census = openCensus(yard);
  try {
    const beganAt = Date.now();
    let command = 0;
    for (const words of commands) command += await yard.compose(NEXT, ...words);
    const settled = (await census.settledOn(NEXT)) - beganAt;
    const seen = await clients.stop();
    return { command, settled, away: awayIn(seen), sent: seen.totals.sent, lost: seen.totals.lost };
  } finally {
    census.close();
  }
}

/** Deployed and rolled back by `holdpoint`, the clients at work all the while. */
export async function byHoldpoint(yard: Yard, rate: number): Promise<ByHoldpoint> {
  await settle(yard, () => begin(yard));
  const told = join(yard.place.folder, 'commands.jsonl');
  await rm(told, { force: true });
  const clients = await startClients(yard, rate);
  const census = openCensus(yard);
  try {
    const there = await timed(yard, census, NEXT, ['deploy', NEXT, '--demo'], IN_SERVICE);
    const lost = clients.lost();
    const turnedAt = Date.now();
    const back = await timed(
      yard,
      census,
      FIRST,
      ['rollback', '--as', 'Ada', '--reason', 'measured'],
      ROLLED_BACK,
    );
    const seen = await clients.stop();
    const events = await newestRun(yard);
    const commands = readTold(await readFile(told, 'utf8'));
    const part = (from: number, to: number) => ({
      away: awayIn({ ...seen, from, to }),
      sent: sentIn(seen, from, to),
    });
    return {
      there: { ...there, ...part(seen.from, turnedAt), lost },
      back: { ...back, ...part(turnedAt, seen.to), lost: seen.totals.lost - lost },
      spentThere: spentIn('deploy', events, commands),
      spentBack: spentIn('rollback', events, commands),
      phases: phasesOf(events),
    };
  } finally {
    census.close();
  }
}

async function settle(yard: Yard, change: () => Promise<void>): Promise<void> {
  const census = openCensus(yard);
  try {
    await change();
    await census.settledOn(FIRST);
  } finally {
    census.close();
  }
}

async function timed(
  yard: Yard,
  census: ReturnType<typeof openCensus>,
  version: string,
  args: readonly string[],
  expected: readonly number[],
): Promise<Pick<Replaced, 'command' | 'settled'>> {
  const beganAt = Date.now();
  await holdpoint(yard, args, expected);
  const command = Date.now() - beganAt;
  return { command, settled: (await census.settledOn(version)) - beganAt };
}

async function holdpoint(
  { place, system, signal }: Yard,
  args: readonly string[],
  expected: readonly number[],
): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(place.node, [place.command, ...args], {
    cwd: place.project,
    env: {
      ...process.env,
      ...system.variables,
      ...marked(place.project),
      HOLDPOINT_COMMANDS: join(place.folder, 'commands.jsonl'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
  const [status] = (await once(child, 'close')) as [number | null];
  if (status === null || !expected.includes(status))
    throw new Error(`holdpoint ${args.join(' ')} ended with ${status}:\n${said}`);
}

async function newestRun({ place }: Yard): Promise<readonly LoggedEvent[]> {
  const log = openSqliteLog(join(place.project, '.holdpoint', 'production', 'runs.sqlite'));
  try {
    const [newest] = await log.runs();
    if (newest === undefined) throw new Error('no run was logged');
    return await log.read(newest.run);
  } finally {
    await log.close();
  }
}

function phasesOf(events: readonly LoggedEvent[]): ReadonlyMap<string, number> {
  const began = new Map<string, number>();
  const phases = new Map<string, number>();
  for (const { at, body } of events) {
    if (body.type === 'phase.started') began.set(body.phase, at);
    if (body.type === 'phase.ended') phases.set(body.phase, at - (began.get(body.phase) ?? Number.NaN));
  }
  return phases;
}

function awayIn({ good, from, to }: Pick<Seen, 'good' | 'from' | 'to'>): Replaced['away'] {
  const found = silences({ from, to }, good, AWAY);
  return { longest: longest(found), total: total(found) };
}

const sentIn = ({ good }: Seen, from: number, to: number): number =>
  good.filter((at) => at >= from && at <= to).length;
