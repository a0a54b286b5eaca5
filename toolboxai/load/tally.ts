/** Quantiles in seconds from counts in buckets 5 % apart; memory stays the same however long it runs. */
export interface Latency {
  add(seconds: number): void;
  quantile(share: number): number;
}

const GROWTH = Math.log(1.05);
const SMALLEST = 0.0001;

export function createLatency(): Latency {
  const buckets: number[] = [];
  let count = 0;
  return {
    add(seconds) {
      const index = Math.max(0, Math.ceil(Math.log(Math.max(seconds, SMALLEST) / SMALLEST) / GROWTH));
      buckets[index] = (buckets[index] ?? 0) + 1;
      count += 1;
    },
    quantile(share) {
      let rest = Math.ceil(count * share);
      for (const [index, inBucket] of buckets.entries()) {
        rest -= inBucket ?? 0;
        if (rest <= 0 && count > 0) return Math.round(SMALLEST * Math.exp(index * GROWTH) * 10_000) / 10_000;
      }
      return 0;
    },
  };
}

/** Why a request or an event counts as lost. */
type Loss = 'connection' | 'timeout' | 'gateway' | 'events';

/** Running totals, and the same for the second that is going on. */
export interface Tally {
  sent(): void;
  answered(status: number, seconds: number, version: string | null): void;
  lost(why: Loss, detail: string): void;
  /** Totals so far with the counts since the last call. */
  line(streams: Readonly<Record<string, number>>): Record<string, unknown>;
}

const GATEWAY = new Set([502, 503, 504]);
const DETAILS_KEPT = 20;

export function createTally(): Tally {
  const total = { sent: 0, ok: 0, errors: 0, lost: 0 };
  let before = { ...total };
  const status: Record<string, number> = { '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 };
  const lostBy: Record<Loss, number> = { connection: 0, timeout: 0, gateway: 0, events: 0 };
  const versions: Record<string, number> = {};
  const details: string[] = [];
  const all = createLatency();
  let recent = createLatency();

  function lose(why: Loss, detail: string): void {
    total.lost += 1;
    lostBy[why] += 1;
    if (details.length < DETAILS_KEPT) details.push(detail);
  }
  const quantiles = (of: Latency) => ({
    p50: of.quantile(0.5),
    p95: of.quantile(0.95),
    p99: of.quantile(0.99),
  });

  return {
    sent() {
      total.sent += 1;
    },
    answered(code, seconds, version) {
      const group = `${Math.floor(code / 100)}xx`;
      status[group] = (status[group] ?? 0) + 1;
      if (code < 400) total.ok += 1;
      else total.errors += 1;
      if (GATEWAY.has(code)) lose('gateway', `status ${code}`);
      if (version) versions[version] = (versions[version] ?? 0) + 1;
      all.add(seconds);
      recent.add(seconds);
    },
    lost: lose,
    line(streams) {
      const second = {
        sent: total.sent - before.sent,
        ok: total.ok - before.ok,
        errors: total.errors - before.errors,
        lost: total.lost - before.lost,
        ...quantiles(recent),
      };
      before = { ...total };
      recent = createLatency();
      return {
        ...total,
        status: { ...status },
        lostBy: { ...lostBy },
        latency: { ...quantiles(all), max: all.quantile(1) },
        versions: { ...versions },
        streams,
        second,
        ...(details.length > 0 ? { lossDetails: [...details] } : {}),
      };
    },
  };
}
