import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { start } from '../rig/command.ts';
import { startClient } from './client.ts';
import type { Course, Kill, Killed, Report, Trial } from './course.ts';
import { examine } from './examine.ts';
import { eventsIn, letLeaseRunOut } from './log-file.ts';
import { layPlace, type Place } from './place.ts';
import { releaseOf, type Stage } from './stage.ts';

/** Long enough for a bad release to be seen through, and for a good one to be waited for. */
const WINDOW = { promoted: 4_000, 'rolled-back': 30_000 };
const PACE = 20;
/** Processes of one trial; more would mean that it never ends. */
const MOST = 40;
const COMMAND_WITHIN = 90_000;

/**
 * Releases a version in a place of its own, kills the process where the trial says so, goes on by `resume`, and asks the
 * machine and the database what became of it.
 */
export async function runTrial(stage: Stage, trial: Trial): Promise<Report> {
  const place = await layPlace(stage, WINDOW[releaseOf(trial).outcome]);
  try {
    const client = startClient(`${place.url}/`, trial.pace ?? PACE);
    const began = performance.now();
    const run = await release(stage, place, trial).catch(async (error: unknown) => {
      await client.stop();
      throw error;
    });
    const took = performance.now() - began;
    const seen = await client.stop();
    const problems = [...run.problems, ...(await examine(place, trial, run, seen))];
    return {
      trial,
      killed: run.kills.map(({ point }) => point),
      resumedAfter: run.resumedAfter,
      took,
      points: readTrace(place).map(({ point }) => point),
      problems,
    };
  } finally {
    await place.close();
  }
}

async function release(stage: Stage, place: Place, { release: which, kills }: Trial): Promise<Course> {
  const killed: Killed[] = [];
  const resumedAfter: number[] = [];
  const problems: string[] = [];
  let waiting = [...kills];
  let answer: readonly string[] | undefined;
  for (let processes = 0; processes < MOST; processes += 1) {
    const opened = eventsIn(place).length > 0;
    const [kill] = waiting;
    const { status, output, pid } = await command(
      stage,
      place,
      answer !== undefined
        ? ['sign', ...answer, '--reason', 'known']
        : opened
          ? ['resume', '--demo']
          : ['deploy', releaseOf({ release: which }).version, '--demo'],
      kill,
    );
    const before = killed.at(-1);
    const own = readTrace(place).filter((reached) => reached.pid === pid);
    const first = own.find(({ point }) => point.endsWith('· after'));
    if (before !== undefined && opened && first !== undefined && killed.length > resumedAfter.length)
      resumedAfter.push(first.at - before.at);
    if (status === LEASE_HELD) {
      problems.push(`the lease of the killed process was not free: ${output.trim().slice(-300)}`);
      letLeaseRunOut(place);
      continue;
    }
    if (status === null) {
      answer = undefined;
      const last = own.at(-1);
      waiting = waiting.slice(1);
      killed.push({ point: last === undefined ? '' : nameOf(last), at: Date.now(), events: eventsIn(place) });
      continue;
    }
    if (status === 0 && answer !== undefined) {
      answer = undefined;
      continue;
    }
    answer = ANSWERS.find(({ asks }) => status === WAITING && output.includes(asks))?.answer;
    if (answer !== undefined) continue;
    const over = eventsIn(place).at(-1)?.body.includes('"run.closed"') === true;
    const wanted = releaseOf({ release: which }).outcome === 'promoted' ? 0 : ROLLED_BACK;
    if (status !== wanted && !(status === NOTHING_OPEN && over))
      problems.push(`the last command ended with ${status}: ${output.slice(-3_000)}`);
    return { kills: killed, resumedAfter, problems };
  }
  return { kills: killed, resumedAfter, problems: [...problems, 'it did not come to an end'] };
}

/** Trials side by side: each mostly waits, and more of them than this only wait for each other. */
export const WIDTH = Math.max(3, 2 * availableParallelism() + 1);

const LEASE_HELD = 13;
const ROLLED_BACK = 11;
const WAITING = 12;
/** What the people of the demonstration leave to others: a way back with a loss, and a watch that was cut off too long. */
const ANSWERS = [
  { asks: '`holdpoint sign way-back ', answer: ['way-back', '--loss', '1h', '--as', 'Edsger'] },
  {
    asks: '`holdpoint sign watch.errors ',
    answer: ['watch.errors', '--waive', '--until', '2099-01-01', '--as', 'Ada'],
  },
];
const NOTHING_OPEN = 64;

async function command(
  stage: Stage,
  { project, variables, folder }: Place,
  args: readonly string[],
  kill: Kill | undefined,
): Promise<{ status: number | null; output: string; pid: number }> {
  const environment = {
    ...variables,
    CRASH_TRACE: join(folder, 'trace'),
    ...(kill !== undefined && 'at' in kill ? { CRASH_AT: `${kill.at}#${kill.nth}` } : {}),
    ...(kill !== undefined && 'afterPoints' in kill ? { CRASH_AFTER: String(kill.afterPoints) } : {}),
  };
  const going = start(process.execPath, [stage.command, ...args], { cwd: project, environment });
  const limit = kill !== undefined && 'afterMs' in kill ? kill.afterMs : COMMAND_WITHIN;
  const timer = setTimeout(() => going.signal('SIGKILL'), limit);
  const { status, stdout, stderr } = await going.ended;
  clearTimeout(timer);
  return { status, output: stdout + stderr, pid: going.pid };
}

interface Reached {
  readonly at: number;
  readonly pid: number;
  readonly point: string;
  readonly nth: number;
}

const nameOf = ({ point, nth }: Reached): string => (nth === 1 ? point : `${point} (${nth})`);

function readTrace({ folder }: Place): readonly Reached[] {
  const file = join(folder, 'trace');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [at, pid, point = '', nth] = line.split('\t');
      return { at: Number(at), pid: Number(pid), point, nth: Number(nth) };
    });
}
