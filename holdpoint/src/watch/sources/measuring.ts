import type { Replica } from '../../targets/target.ts';
import { cutsOf } from './histogram.ts';
import { durationsOf, readMeaning } from './meaning.ts';
import { askedOf, type Measured } from './measured.ts';
import type { SeriesTable } from './series.ts';
import type { NoAnswer, Source } from './source.ts';

/** The series of one replica, before it is told what they mean. */
export interface Telling {
  readonly replica: Replica;
  readonly at: number;
  readonly told: SeriesTable | NoAnswer;
}

/** Whatever reads the series of replicas, as a source: what they mean is the same wherever they come from. */
export function measuring(
  measured: Measured,
  read: (replicas: readonly Replica[], signal?: AbortSignal) => Promise<readonly Telling[]>,
): Pick<Source, 'look' | 'tails'> {
  return {
    look: async (replicas, tails, signal) => {
      const tellings = await read(measuredAmong(measured, replicas), signal);
      return tellings.map(({ replica, at, told }) => ({
        replica: replica.id,
        at,
        answer: 'kind' in told ? told : readMeaning(measured, replica.service, told, tails),
      }));
    },
    tails: async (replicas, signal) => {
      const tellings = await read(measuredAmong(measured, replicas), signal);
      const cuts = measured.objectives.map((objective) => {
        if (objective.kind !== 'latency') return [objective.id, []] as const;
        const histograms = tellings.flatMap(({ replica: { service }, told }) =>
          'kind' in told || !askedOf(measured, service).includes(objective)
            ? []
            : durationsOf(measured, service, objective.series, told),
        );
        return [objective.id, cutsOf(histograms)] as const;
      });
      return Object.fromEntries(cuts.filter(([, durations]) => durations.length > 0));
    },
  };
}

/** Replicas that run, of services that an objective watches. */
export function measuredAmong(measured: Measured, replicas: readonly Replica[]): readonly Replica[] {
  return replicas.filter(({ service, state }) => state !== 'dead' && askedOf(measured, service).length > 0);
}
