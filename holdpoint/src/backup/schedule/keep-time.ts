import type { Clock } from '../../kernel/clock.ts';
import { asHoldpointError, type HoldpointError } from '../../kernel/errors.ts';
import { nextAfter, type Timetable } from './order.ts';

export type Task = keyof Timetable;

export interface TimeKeeping {
  readonly timetable: Timetable;
  readonly clock: Clock;
  /** Does the task. What it throws is told, and the next one comes all the same. */
  readonly perform: (task: Task, signal: AbortSignal) => Promise<void>;
  readonly told: (event: Told) => void;
}

export type Told =
  | { readonly kind: 'next'; readonly task: Task; readonly at: number }
  | { readonly kind: 'done'; readonly task: Task }
  | { readonly kind: 'failed'; readonly task: Task; readonly error: HoldpointError };

/**
 * Does each task at its time, until it is aborted; then it rejects with the signal's reason. Tasks never overlap: one
 * that comes due while another runs is done right after it, and what was missed more than once is done once.
 */
export async function keepTime(
  { timetable, clock, perform, told }: TimeKeeping,
  signal: AbortSignal,
): Promise<never> {
  const due: Record<Task, number> = {
    backup: nextAfter(timetable.backup, clock.now()),
    drill: nextAfter(timetable.drill, clock.now()),
  };
  for (;;) {
    signal.throwIfAborted();
    const task: Task = due.backup <= due.drill ? 'backup' : 'drill';
    told({ kind: 'next', task, at: due[task] });
    // In short naps: a machine that was suspended, or whose clock was set, finds its time again.
    while (clock.now() < due[task]) await clock.wait(Math.min(NAP, due[task] - clock.now()), signal);
    try {
      await perform(task, signal);
      told({ kind: 'done', task });
    } catch (error) {
      signal.throwIfAborted();
      told({ kind: 'failed', task, error: asHoldpointError(error) });
    }
    due[task] = nextAfter(timetable[task], clock.now());
  }
}

const NAP = 60_000;
