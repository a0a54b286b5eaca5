import { z } from 'zod';

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

export type Weekday = (typeof DAYS)[number];

/** A moment that comes again: each day, or once a week. */
export interface Recurrence {
  readonly hour: number;
  readonly minute: number;
  /** Each day when left out. */
  readonly day?: Weekday;
}

/** `02:30`, or `sunday 04:00`. */
export const recurrence = z
  .string()
  .regex(
    new RegExp(`^(?:(?:${DAYS.join('|')}) )?(?:[01]\\d|2[0-3]):[0-5]\\d$`),
    "is no time such as '02:30' or 'sunday 04:00'",
  )
  .transform((text): Recurrence => {
    const [time = '', day] = text.split(' ').reverse();
    const [hour, minute] = time.split(':').map(Number);
    const weekday = DAYS.find((name) => name === day);
    return { hour: hour ?? 0, minute: minute ?? 0, ...(weekday === undefined ? {} : { day: weekday }) };
  });

/** When a system is backed up, and when one of its backups is restored to see that it can be. */
export interface Timetable {
  readonly backup: Recurrence;
  readonly drill: Recurrence;
}

/** Everything that a schedule's files have to name. Paths are absolute. */
export interface ScheduleOrder {
  readonly timetable: Timetable;
  /** `Shop`, and `production`. */
  readonly system: string;
  readonly environment: string;
  readonly specification: string;
  /** Folder of the specification. */
  readonly folder: string;
  /** How this command was called: a program, and the arguments before the sub-command. */
  readonly command: readonly [program: string, ...args: readonly string[]];
  /** Variables that the specification takes from the environment, by name. */
  readonly variables: readonly string[];
}

/** A file to be written, by its name alone. */
export interface ScheduleFile {
  readonly name: string;
  readonly text: string;
}

/** The words that are run, one after the other, stopping at the first that fails. */
export function tasksOf({
  command,
  specification,
}: ScheduleOrder): Readonly<Record<keyof Timetable, readonly (readonly string[])[]>> {
  const run = (...words: readonly string[]) => [
    ...command,
    'backup',
    ...words,
    '--specification',
    specification,
  ];
  return { backup: [run('create'), run('prune')], drill: [run('drill')] };
}

/** `shop-production`: what files and units are called by. */
export const slugOf = ({ system, environment }: Pick<ScheduleOrder, 'system' | 'environment'>): string =>
  `${system}-${environment}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');

/** On one line, for a comment. */
export const plain = (text: string): string => text.replaceAll(/[\r\n]/g, ' ');

/** 0 is Sunday, as cron and `getDay` count. */
export const dayNumber = (day: Weekday): number => DAYS.indexOf(day);

/**
 * The first moment after `now` (milliseconds since the Unix epoch), by local time, as cron and systemd count. A time
 * that the clock skips in spring comes as much later; one that it repeats in autumn comes once.
 */
export function nextAfter({ hour, minute, day }: Recurrence, now: number): number {
  const today = new Date(now);
  const onDay = (days: number): Date =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() + days, hour, minute);
  for (let days = 0; days <= 8; days += 1) {
    const at = onDay(days);
    if (at.getTime() > now && (day === undefined || at.getDay() === dayNumber(day))) return at.getTime();
  }
  // Eight days hold each weekday once, also where the clock changes.
  return onDay(9).getTime();
}
