import type { Clock } from '../../../kernel/clock.ts';
import { HoldpointError } from '../../../kernel/errors.ts';
import type { Replica } from '../../../targets/target.ts';
import { type Objective, watchedBy } from '../../objective.ts';
import type { Source } from '../source.ts';
import { attributionOf, type Owners, ownersOf } from './attribution.ts';
import { quantilesOf } from './durations.ts';
import { type FollowedLog, followLog, withFile } from './follow.ts';
import type { ReadLine } from './line.ts';
import { readLastLines } from './lines.ts';
import { beginTally, isPassedOver, isRequestObjective, isTimed } from './tally.ts';

export interface AccessLogSettings {
  /** The file as the edge writes it. */
  readonly path: string;
  readonly readLine: ReadLine;
  /** Services whose requests pass the edge, and the paths of each that only machines ask for. */
  readonly services: Readonly<Record<string, { readonly probes: readonly string[] }>>;
  /** Paths whose requests are not counted, such as event streams, which last as long as somebody listens. */
  readonly except: readonly string[];
  readonly objectives: readonly Objective[];
  readonly clock: Clock;
}

/** Bytes of the past in which to see where the slow end of the durations begins. */
const PAST = 8_000_000;

/**
 * Counts the requests that the edge has logged since the first look: for errors and latency, other objectives are read
 * elsewhere. A replica's restart changes nothing here, so no start of a process is told.
 */
export function accessLog(settings: AccessLogSettings): Source {
  const { path, services, clock, readLine } = settings;
  const objectives = settings.objectives.filter(isRequestObjective);
  const passing = Object.keys(services);
  const passed = new Set([...settings.except, ...Object.values(services).flatMap(({ probes }) => probes)]);
  const tally = beginTally(objectives, passed);
  let log: FollowedLog | undefined;
  let owners: Owners = new Map();
  const asked = (replicas: readonly Replica[]) =>
    replicas.filter(
      ({ service, state }) =>
        state !== 'dead' &&
        services[service] !== undefined &&
        objectives.some((one) => watchedBy(one, service)),
    );
  return {
    look: async (all, tails, signal) => {
      signal?.throwIfAborted();
      const replicas = asked(all);
      const seen = tally.look(attributionOf(replicas, owners, passing), tails);
      const missed = await readable(path, async () => {
        log ??= await followLog(path);
        return await log.read((line) => seen.count(line === undefined ? 'broken' : readLine(line)));
      });
      owners = ownersOf(replicas);
      const at = clock.now();
      return replicas.map((replica) => {
        const answer = seen.answerOf(replica);
        return { replica: replica.id, at, answer: { ...answer, notes: [...answer.notes, ...missed] } };
      });
    },
    tails: async (all, signal) => {
      signal?.throwIfAborted();
      const whose = attributionOf(asked(all), new Map(), passing);
      const durations = new Map(objectives.map(({ id }) => [id, [] as number[]]));
      await readable(path, () =>
        withFile(path, (file) =>
          readLastLines(file, PAST, (line) => {
            const request = line === undefined ? 'broken' : readLine(line);
            if (typeof request === 'string' || !isTimed(request) || isPassedOver(request, passed)) return;
            for (const objective of objectives) {
              const found = whose(request, objective);
              if (found?.kind === 'replica') durations.get(objective.id)?.push(request.duration);
            }
          }),
        ),
      );
      const latencies = objectives.filter(({ kind }) => kind === 'latency');
      const cuts = latencies.map(({ id }) => [id, quantilesOf(durations.get(id) ?? [])] as const);
      return Object.fromEntries(cuts.filter(([, cut]) => cut.length > 0));
    },
  };
}

async function readable<Value>(path: string, use: () => Promise<Value>): Promise<Value> {
  try {
    return await use();
  } catch (cause) {
    throw new HoldpointError('evidence-missing', `the access log ${path} cannot be read`, {
      cause,
      next: 'Name the log that the edge writes in `watch.accessLog`, and let Holdpoint read it and its folder.',
    });
  }
}
