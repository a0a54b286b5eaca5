import type { Selector } from './sources/selector.ts';

/** A service level as it was declared: what is read, and what is allowed of it. */
export type Objective = {
  readonly id: string;
  /** Whose metrics are read; undefined for every service that has some. */
  readonly services: readonly string[] | undefined;
} & (
  | { readonly kind: 'errors'; readonly allowed: number }
  /** At least `quantile` of the requests take no longer than `limit` milliseconds. */
  | {
      readonly kind: 'latency';
      readonly series: string;
      readonly quantile: number;
      readonly limit: number;
    }
  /** Requests that reached the edge and got no answer. */
  | { readonly kind: 'lost'; readonly allowed: number }
  | { readonly kind: 'pair'; readonly bad: Selector; readonly total: Selector; readonly allowed: number }
  /** Share of the cores, or of the memory, that a replica may use. */
  | { readonly kind: 'cpu' | 'memory'; readonly limit: number }
  | { readonly kind: 'level'; readonly series: Selector; readonly limit: number }
  /** The series holds the instant, in seconds since the epoch, at which something succeeded last. */
  | { readonly kind: 'freshness'; readonly series: Selector; readonly limit: number }
);

/** Rounded, since 1 − 0.95 is not quite 0.05. */
export const slowAllowed = (quantile: number): number => Number((1 - quantile).toPrecision(12));

export const watchedBy = ({ services }: Objective, service: string): boolean =>
  services === undefined || services.includes(service);
