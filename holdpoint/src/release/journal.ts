import type { Clock } from '../kernel/clock.ts';
import { asHoldpointError, type HoldpointError } from '../kernel/errors.ts';
import type { EventBody, LoggedEvent } from './events.ts';
import { type Fold, foldFrom } from './fold.ts';
import type { RunLog } from './log/log.ts';
import type { RunState } from './state.ts';

export type Listener = (event: LoggedEvent, state: RunState) => void;

/** One run, open for writing: what is recorded here is on the disk before anybody is told. */
export interface Journal {
  readonly run: string;
  readonly state: RunState;
  /** Why an event could not be written. From then on nothing more is: what the log does not hold must not be acted on. */
  readonly unwritten: HoldpointError | undefined;
  /** Throws what the log threw. */
  record(body: EventBody): Promise<LoggedEvent>;
  /** Takes in what other processes recorded, such as a signature. */
  catchUp(): Promise<RunState>;
  listen(listener: Listener): () => void;
  /** The same run, with the same listeners, for the holder of a lease: once that is lost, `record` throws `lease-lost`. */
  underFence(fence: number): Journal;
}

export async function openJournal(log: RunLog, clock: Clock, run: string): Promise<Journal> {
  const folding = foldFrom(await log.read(run));
  return journalOf(log, clock, run, folding);
}

/** Opens a new run with its first event; with a fence, throws `lease-lost` when the lease is not held any more. */
export async function startJournal(
  log: RunLog,
  clock: Clock,
  run: string,
  opened: EventBody,
  fence?: number,
): Promise<Journal> {
  const first = await log.append(run, clock.now(), opened, fence);
  const journal = journalOf(log, clock, run, foldFrom([first]));
  return fence === undefined ? journal : journal.underFence(fence);
}

function journalOf(log: RunLog, clock: Clock, run: string, folding: Fold): Journal {
  const listeners = new Set<Listener>();
  // Phases and the watch record side by side: a queue keeps what is told in the order in which it lies in the log.
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };
  const tell = (event: LoggedEvent): void => {
    folding.apply(event);
    for (const listener of listeners) listener(event, folding.state);
  };
  const takeIn = async (): Promise<void> => {
    for (const event of await log.read(run, folding.state.head.seq)) tell(event);
  };
  const recording = (fence: number | undefined): Journal => {
    let unwritten: HoldpointError | undefined;
    const append = async (body: EventBody): Promise<LoggedEvent> => {
      if (unwritten !== undefined) throw unwritten;
      try {
        return await log.append(run, clock.now(), body, fence);
      } catch (error) {
        unwritten = asHoldpointError(error);
        throw error;
      }
    };
    return {
      run,
      state: folding.state,
      get unwritten() {
        return unwritten;
      },
      record: (body) =>
        inTurn(async () => {
          const event = await append(body);
          if (event.seq === folding.state.head.seq + 1) tell(event);
          else await takeIn();
          return event;
        }),
      catchUp: () =>
        inTurn(async () => {
          await takeIn();
          return folding.state;
        }),
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      underFence: recording,
    };
  };
  return recording(undefined);
}
