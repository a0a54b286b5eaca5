import type { ReplicaId } from '../../../kernel/ids.ts';
import type { Replica } from '../../../targets/target.ts';
import { type Objective, watchedBy } from '../../objective.ts';
import type { Answer, Reading, Tails } from '../source.ts';
import type { Attribution } from './attribution.ts';
import type { LoggedRequest, ReadLine } from './line.ts';

export type RequestObjective = Extract<Objective, { kind: 'errors' | 'latency' }>;

export const isRequestObjective = (one: Objective): one is RequestObjective =>
  one.kind === 'errors' || one.kind === 'latency';

/** A connection that was handed over lasts as long as somebody talks, and says nothing of how fast we answer. */
const SWITCHED = 101;

type Timed = LoggedRequest & { readonly duration: number };
export const isTimed = (request: LoggedRequest): request is Timed =>
  request.duration !== undefined && request.status !== SWITCHED;

export const isPassedOver = ({ path }: LoggedRequest, passed: ReadonlySet<string>): boolean =>
  path !== undefined && passed.has(path);

interface Totals {
  trials: number;
  events: number;
  readonly tails: number[];
}

/** Totals of each replica since counting began. */
export interface Tally {
  look(whose: Attribution, tails: Tails): TallyLook;
}

/** One look: what is read in it is counted, then each replica's totals are told. */
export interface TallyLook {
  count(read: ReturnType<ReadLine>): void;
  answerOf(replica: Replica): Answer;
}

export function beginTally(objectives: readonly RequestObjective[], passed: ReadonlySet<string>): Tally {
  const totals = new Map<ReplicaId, Map<string, Totals>>();
  let timed = false;
  let asleep = true;
  return {
    look: (whose, tails) => {
      let broken = 0;
      let requests = 0;
      let others = 0;
      const untold = new Map<string, Set<string>>();
      const totalsOf = (replica: ReplicaId, { id }: RequestObjective): Totals => {
        const own = totals.get(replica) ?? new Map<string, Totals>();
        totals.set(replica, own);
        const found = own.get(id) ?? { trials: 0, events: 0, tails: [] };
        own.set(id, found);
        return found;
      };
      return {
        count: (read) => {
          if (read === 'broken') broken += 1;
          else if (read === 'other') others += 1;
          else {
            requests += 1;
            asleep = false;
            if (isPassedOver(read, passed)) return;
            if (read.duration !== undefined) timed = true;
            for (const objective of objectives) {
              const found = whose(read, objective);
              if (found?.kind === 'replica')
                add(totalsOf(found.replica.id, objective), read, objective, tails);
              else if (found !== undefined) {
                untold.set(objective.id, (untold.get(objective.id) ?? new Set()).add(found.reason));
              }
            }
          }
        },
        answerOf: ({ id, service }) => {
          const notes = new Set<string>();
          if (broken > 0) notes.add('lines of the access log cannot be read; they are not counted');
          if (requests === 0 && others > 0) notes.add('no line of the access log has a status');
          const readings: Record<string, Reading> = {};
          for (const objective of objectives.filter((one) => watchedBy(one, service))) {
            const reasons = untold.get(objective.id);
            for (const reason of reasons ?? []) notes.add(reason);
            if (reasons !== undefined) continue;
            if (objective.kind === 'latency' && !timed && !asleep) {
              notes.add('the access log tells no durations');
              continue;
            }
            const { trials, events, tails: slower } = totalsOf(id, objective);
            readings[objective.id] = {
              kind: 'counted',
              trials,
              events,
              eventsForGood: events,
              tails: (tails[objective.id] ?? []).map((_, index) => slower[index] ?? 0),
            };
          }
          return { kind: 'answer', readings, processStart: null, notes: [...notes] };
        },
      };
    },
  };
}

function add(totals: Totals, request: LoggedRequest, objective: RequestObjective, tails: Tails): void {
  if (objective.kind === 'errors') {
    totals.trials += 1;
    // 499 is nginx's word for a client that went away, which is no failure of ours.
    if (request.status >= 500) totals.events += 1;
    return;
  }
  if (!isTimed(request)) return;
  totals.trials += 1;
  if (request.duration > objective.limit) totals.events += 1;
  for (const [index, tail] of (tails[objective.id] ?? []).entries()) {
    if (request.duration > tail) totals.tails[index] = (totals.tails[index] ?? 0) + 1;
  }
}
