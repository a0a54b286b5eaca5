import { type Objective, watchedBy } from '../objective.ts';

/** The counter of finished requests, and its label with the HTTP status; 5xx is an error. */
export interface RequestSeries {
  readonly requests: string;
  readonly status: string;
}

/** What has to be known of a service to judge its replicas. */
export interface MeasuredService {
  /** Paths that only machines ask for: requests labelled with one say nothing of the users'. */
  readonly probes: readonly string[];
  /** Bytes a replica. */
  readonly memoryLimit?: number;
  /** Cores a replica; 1 where none are declared. */
  readonly cores?: number;
}

export interface Measured {
  readonly services: Readonly<Record<string, MeasuredService>>;
  readonly objectives: readonly Objective[];
  readonly series: RequestSeries;
}

/** What the replicas of a service are asked; nothing of a service that is not named, or that no objective watches. */
export function askedOf({ services, objectives }: Measured, service: string): readonly Objective[] {
  if (services[service] === undefined) return [];
  return objectives.filter((one) => one.kind !== 'lost' && watchedBy(one, service));
}
