import { keepTime, type Task, type Told } from '../../backup/schedule/keep-time.ts';
import type { Json } from '../../kernel/canonical.ts';
import type { Clock } from '../../kernel/clock.ts';
import { asHoldpointError, EXIT, HoldpointError } from '../../kernel/errors.ts';
import { type CommonOptions, done, type Finished, JSON_VERSION } from '../finished.ts';
import type { House } from '../house.ts';
import { createBackup } from './create.ts';
import { drillBackups } from './drill.ts';
import { pruneBackups } from './prune.ts';
import { withSets } from './with-sets.ts';
import { iso } from './words.ts';

type Step = readonly [name: string, run: (house: House, options: CommonOptions) => Promise<Finished>];

const STEPS: Readonly<Record<Task, readonly Step[]>> = {
  backup: [
    ['backup create', createBackup],
    ['backup prune', pruneBackups],
  ],
  drill: [['backup drill', drillBackups]],
};

/** Milliseconds until a lease that another command holds is asked for again. */
const AGAIN = 60_000;

/**
 * Keeps the times in this process until it is interrupted. The specification is read again for each task; its times
 * are those of the start. Ends with 0 when nothing was under way; else what was is ended as by an interruption of its
 * own command, and `cancelled` is thrown.
 */
export async function keepSchedule(house: House, options: CommonOptions): Promise<Finished> {
  const { interrupted } = house;
  const { timetable, clock } = await withSets(house, options, async (_sets, { specification, clock }) => {
    // `withSets` has seen that there is such a block.
    return { timetable: specification.backups?.schedule, clock };
  });
  if (timetable === undefined) throw new HoldpointError('internal', 'backups without their settings');
  const log = logTo(house, options, clock);
  let busy = false;
  const perform = async (task: Task): Promise<void> => {
    busy = true;
    for (const step of STEPS[task]) await take(step, log, options);
    busy = false;
  };
  const told = (event: Told): void => {
    // Also after a failure.
    busy = false;
    log.say(linesOf(event), fieldsOf(event));
  };
  try {
    await settle(log, options, clock);
    return await keepTime({ timetable, clock, perform, told }, interrupted);
  } catch (thrown) {
    if (!interrupted.aborted) throw thrown;
    if (!busy) return done([`${iso(clock.now())} ended: nothing was under way`], { at: clock.now() });
    throw new HoldpointError(
      'cancelled',
      `${asHoldpointError(thrown).message}; what was under way was ended`,
      {
        cause: thrown,
        next: 'Take the backup now with `holdpoint backup create`, or start this again.',
      },
    );
  }
}

interface Log {
  /** The house as the tasks see it: each line that they print has its time in front. */
  readonly house: House;
  say(lines: readonly string[], fields: Readonly<Record<string, Json | undefined>>): void;
}

function logTo(house: House, { json }: CommonOptions, clock: Clock): Log {
  const stamped = (text: string): void => {
    for (const line of text.split('\n')) house.print(`${iso(clock.now())} ${line}`);
  };
  return {
    house: json === true ? house : { ...house, print: stamped },
    say(lines, fields) {
      if (json === true) {
        house.print(JSON.stringify({ holdpoint: JSON_VERSION, command: 'backup schedule', ...fields }));
      } else for (const line of lines) stamped(line);
    },
  };
}

async function take([command, run]: Step, { house, say }: Log, options: CommonOptions): Promise<void> {
  const { status, lines, result } = await run(house, options);
  say(lines, { command, exit: status, ...result });
  if (status === 0) return;
  const code = status === EXIT['check-failed'] ? 'check-failed' : 'evidence-missing';
  throw new HoldpointError(code, `\`holdpoint ${command}\` ended with ${status}`, {
    next: `Read the lines above; \`holdpoint ${command}\` tries again.`,
  });
}

/**
 * Lets go on what a process before this one has left stopped when it was killed: until the next backup is due it would
 * stay so. Waits for a command that holds the lease; whatever else is wrong is told, and met again by the first task.
 */
async function settle({ house, say }: Log, options: CommonOptions, clock: Clock): Promise<void> {
  for (;;) {
    try {
      return await withSets(house, options, (sets) => sets.settle(house.interrupted));
    } catch (thrown) {
      house.interrupted.throwIfAborted();
      const error = asHoldpointError(thrown);
      say(failure('settle', error), { event: 'failed', task: 'settle', error: errorFields(error) });
      if (error.code !== 'lease-held') return;
      await clock.wait(AGAIN, house.interrupted);
    }
  }
}

function linesOf(event: Told): readonly string[] {
  if (event.kind === 'next') return [`next: ${event.task} at ${iso(event.at)}`];
  return event.kind === 'done' ? [`done: ${event.task}`] : failure(event.task, event.error);
}

const failure = (task: string, { message, details, next }: HoldpointError): readonly string[] => [
  `failed: ${task}: ${message}`,
  ...details.map((line) => `  ${line}`),
  ...(next === undefined ? [] : [`  ${next}`]),
];

function fieldsOf(event: Told): Readonly<Record<string, Json>> {
  const { kind, task } = event;
  if (kind === 'next') return { event: kind, task, at: event.at };
  return kind === 'done' ? { event: kind, task } : { event: kind, task, error: errorFields(event.error) };
}

const errorFields = ({ code, message, details, next }: HoldpointError) => ({
  ...{ code, message, details: [...details] },
  ...(next === undefined ? {} : { next }),
});
