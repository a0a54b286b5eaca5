import { explain } from '../../kernel/errors.ts';
import type { ReplicaId } from '../../kernel/ids.ts';
import type { Replica } from '../../targets/target.ts';
import type { Objective } from '../objective.ts';
import { isRequestObjective } from './access-log/tally.ts';
import { type Rebased, rebase } from './rebase.ts';
import type { Answer, NoAnswer, Sample, Source } from './source.ts';

export interface CombinedSettings {
  /** Counts requests where users send them: at the edge. */
  readonly requests: Source;
  /** Reads everything else, and also the requests of services that do not pass the edge. */
  readonly others: Source;
  readonly objectives: readonly Objective[];
  /** Services whose requests pass the edge. */
  readonly services: readonly string[];
}

/**
 * One source of two. A request objective is never taken from the one and then from the other, whose totals have nothing
 * to do with each other. Throws only when neither can be read at all.
 */
export function combined({ requests, others, objectives, services }: CombinedSettings): Source {
  const atTheEdge = new Set(objectives.filter(isRequestObjective).map(({ id }) => id));
  const rebased = new Map<ReplicaId, Rebased>();

  function merge(
    replica: Replica,
    edge: Sample | undefined,
    own: Sample | undefined,
    notes: readonly string[],
  ): readonly Sample[] {
    if (!services.includes(replica.service)) return own === undefined ? [] : [withNotes(own, notes)];
    const metrics = own?.answer.kind === 'answer' ? own.answer : undefined;
    const counts = edge?.answer.kind === 'answer' ? edge.answer : undefined;
    // Also where the edge tells nothing: a process may start anew meanwhile.
    const start = metrics?.processStart ?? null;
    const told = rebase(rebased.get(replica.id), counts?.readings ?? {}, start);
    rebased.set(replica.id, told);
    const sample = metrics === undefined ? (edge ?? own) : own;
    if (sample === undefined) return [];
    if (metrics === undefined && counts === undefined) return [own ?? sample];
    const others = Object.entries(metrics?.readings ?? {}).filter(([id]) => !atTheEdge.has(id));
    const answer: Answer = {
      kind: 'answer',
      readings: { ...Object.fromEntries(others), ...told.readings },
      processStart: told.processStart,
      notes: [...(counts?.notes ?? []), ...notesOf(own?.answer), ...notes],
    };
    return [{ replica: replica.id, at: sample.at, answer }];
  }

  return {
    look: async (replicas, tails, signal) => {
      const [edge, own] = await both(
        requests.look(replicas, tails, signal),
        others.look(replicas, tails, signal),
        signal,
      );
      const notes = [...edge.failure, ...own.failure];
      const find = (samples: readonly Sample[] | undefined, id: ReplicaId) =>
        samples?.find(({ replica }) => replica === id);
      return replicas.flatMap((replica) =>
        merge(replica, find(edge.value, replica.id), find(own.value, replica.id), notes),
      );
    },
    tails: async (replicas, signal) => {
      const [edge, own] = await both(
        requests.tails(replicas, signal),
        others.tails(replicas, signal),
        signal,
      );
      return { ...own.value, ...edge.value };
    },
    ...(others.history === undefined ? {} : { history: others.history.bind(others) }),
  };
}

interface Settled<Value> {
  readonly value: Value | undefined;
  readonly failure: readonly string[];
}

/** Throws the signal's reason, or the first error when both failed. */
async function both<Value>(
  first: Promise<Value>,
  second: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<readonly [Settled<Value>, Settled<Value>]> {
  const [one, other] = await Promise.allSettled([first, second]);
  signal?.throwIfAborted();
  if (one.status === 'rejected' && other.status === 'rejected') throw one.reason;
  return [settled(one), settled(other)];
}

const settled = <Value>(one: PromiseSettledResult<Value>): Settled<Value> =>
  one.status === 'fulfilled'
    ? { value: one.value, failure: [] }
    : { value: undefined, failure: [explain(one.reason)] };

function notesOf(answer: Answer | NoAnswer | undefined): readonly string[] {
  if (answer === undefined) return [];
  return answer.kind === 'answer' ? answer.notes : [`its metrics: ${answer.reason}`];
}

const withNotes = (sample: Sample, notes: readonly string[]): Sample =>
  sample.answer.kind === 'no answer' || notes.length === 0
    ? sample
    : { ...sample, answer: { ...sample.answer, notes: [...sample.answer.notes, ...notes] } };
