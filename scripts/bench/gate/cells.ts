import type { Behaviour, Gauge } from './traffic.ts';

/** What a release must reach; each is told beside what was measured. Seconds and shares. */
export interface Targets {
  readonly falseAlarms?: number;
  readonly falsePromotions?: number;
  /** The same of a release that breaks its limit by far more. */
  readonly falselyGood?: number;
  readonly found?: { readonly median: number; readonly p95: number };
  readonly promoted?: { readonly median: number; readonly p95: number };
}

/** One kind of service and what its release does to it. */
export interface Cell {
  readonly name: string;
  /** What is compared in it: a release that must stay, one that must go, or one at a limit that must not be promoted. */
  readonly kind: 'good' | 'bad' | 'at the limit';
  /** Requests a second, of each version. */
  readonly rate: number;
  readonly old: Behaviour;
  readonly fresh: Behaviour;
  /** Seconds after the deployment at which the new version turns from the old one's behaviour to its own. */
  readonly onset: number;
  /** What it is like before it is warm: until that second. */
  readonly atFirst?: Behaviour & { readonly until: number };
  /** What hits both alike, in seconds since the deployment. */
  readonly incident?: {
    readonly from: number;
    readonly to: number;
    readonly errors: number;
    readonly p95: number;
  };
  /** What the gate knows: an old version beside the new one, and the hour before. */
  readonly known: 'both' | 'the hour before' | 'nothing';
  /** Seconds that are watched. */
  readonly watched: number;
  readonly runs: number;
  readonly targets: Targets;
}

const CPU: Gauge = { mean: 0.35, correlation: 0.8, innovation: 0.04 };
const MEMORY: Gauge = { mean: 0.5, correlation: 0.95, innovation: 0.01 };
const USUAL: Behaviour = { errors: 0.002, p95: 0.4, cpu: CPU, memory: MEMORY, clump: 1, swing: 0 };
const NEAR: Behaviour = { ...USUAL, errors: 0.008, p95: 0.9 };
const WINDOW = 7_200;
const HOUR = 3_600;
const RATES = [0.5, 5, 50, 500];

const cell = (name: string, rate: number, changes: Partial<Omit<Cell, 'name' | 'rate'>>): Cell => ({
  name,
  rate,
  kind: 'good',
  old: USUAL,
  fresh: USUAL,
  onset: 0,
  known: 'both',
  watched: WINDOW,
  runs: 500,
  targets: changes.kind === undefined ? { falseAlarms: 0.01 } : {},
  ...changes,
});

const bad = (
  name: string,
  rate: number,
  fresh: Partial<Behaviour>,
  targets: Targets = {},
  more: Partial<Cell> = {},
): Cell =>
  cell(name, rate, {
    kind: 'bad',
    fresh: { ...USUAL, ...fresh },
    targets: { ...targets, ...(more.onset === undefined ? { falselyGood: 0.05 } : {}) },
    watched: HOUR,
    ...more,
  });

const found = (median: number, p95: number): Targets => ({ found: { median, p95 } });
const promoted: Readonly<Record<number, Targets>> = {
  5: { promoted: { median: 130, p95: 300 } },
  50: { promoted: { median: 15, p95: 30 } },
};

const INCIDENT = { from: 1_200, to: 1_800, errors: 0.3, p95: 3 };
const stay: readonly Cell[] = [
  ...RATES.map((rate) =>
    cell('0.2 % errors, p95 0.4 s', rate, {
      targets: { falseAlarms: 0.01, ...promoted[rate] },
      // Whether the 95th percentile keeps its target is told by few runs out of many.
      runs: promoted[rate] === undefined ? 500 : 2_000,
    }),
  ),
  ...RATES.map((rate) => cell('near the limits: 0.8 %, p95 0.9 s', rate, { old: NEAR, fresh: NEAR })),
  ...RATES.map((rate) => cell('incident of 10 min that both share', rate, { incident: INCIDENT })),
  ...[5, 50].map((rate) => {
    const clumped = { ...USUAL, clump: 10 };
    return cell('failures in storms of about 10', rate, { old: clumped, fresh: clumped });
  }),
  cell('near the limits, some failures in pairs', 50, {
    old: { ...NEAR, clump: 1.2 },
    fresh: { ...NEAR, clump: 1.2 },
  }),
  ...[50, 500].map((rate) => {
    const swinging = { ...USUAL, swing: 0.3 };
    return cell('failures swing ±30 %, each version alone', rate, { old: swinging, fresh: swinging });
  }),
  cell('CPU 65 % and slow to change', 50, {
    old: { ...USUAL, cpu: { mean: 0.65, correlation: 0.9, innovation: 0.02 } },
    fresh: { ...USUAL, cpu: { mean: 0.65, correlation: 0.9, innovation: 0.02 } },
  }),
];

const go: readonly Cell[] = [
  ...RATES.map((rate) => bad('1.5 % errors', rate, { errors: 0.015 }, rate === 50 ? found(40, 70) : {})),
  ...RATES.map((rate) =>
    bad(
      '3 % errors',
      rate,
      { errors: 0.03 },
      rate === 50 ? found(20, 30) : rate === 5 ? found(110, 200) : {},
    ),
  ),
  ...[0.5, 5, 50].map((rate) => bad('10 % errors', rate, { errors: 0.1 }, rate === 50 ? found(15, 15) : {})),
  ...[0.5, 5, 50].map((rate) => bad('50 % errors', rate, { errors: 0.5 }, rate === 50 ? found(15, 15) : {})),
  ...[5, 50].map((rate) => bad('p95 1.2 s', rate, { p95: 1.2 })),
  ...[5, 50].map((rate) => bad('p95 3 s', rate, { p95: 3 }, rate === 50 ? found(15, 15) : {})),
  bad('3 % errors, an hour after', 50, { errors: 0.03 }, found(40, 45), { onset: HOUR, watched: WINDOW }),
  bad('1.5 % errors where 0.8 % is usual', 50, { errors: 0.015, p95: 0.9 }, {}, { old: NEAR }),
  bad('CPU 35 % to 85 %', 50, { cpu: { ...CPU, mean: 0.85 } }),
];

const limit: readonly Cell[] = [
  ...[5, 50].map((rate) =>
    cell('1 % errors', rate, {
      kind: 'at the limit',
      old: { ...USUAL, errors: 0.01 },
      fresh: { ...USUAL, errors: 0.01 },
      targets: { falsePromotions: 0.05, falseAlarms: 0.01 },
    }),
  ),
  ...[1.2, 10].map((clump) =>
    cell(clump < 2 ? '1 % errors, some in pairs' : '1 % errors in storms of about 10', 50, {
      kind: 'at the limit',
      old: { ...USUAL, errors: 0.01, clump },
      fresh: { ...USUAL, errors: 0.01, clump },
      targets: { falsePromotions: 0.05, falseAlarms: 0.01 },
    }),
  ),
  ...[5, 50].map((rate) =>
    cell('p95 1 s', rate, {
      kind: 'at the limit',
      old: { ...USUAL, p95: 1 },
      fresh: { ...USUAL, p95: 1 },
      targets: { falsePromotions: 0.05, falseAlarms: 0.01 },
    }),
  ),
];

const ALONE = { known: 'nothing' } as const;
/** Where there is less to compare with: the first deployment, or after the old version left. No targets: it loses some. */
const less: readonly Cell[] = [
  cell('limits alone: 0.2 % errors, p95 0.4 s', 50, ALONE),
  cell('limits alone: near the limits', 50, { old: NEAR, fresh: NEAR, ...ALONE }),
  cell('limits alone: incident of 10 min', 50, { incident: INCIDENT, ...ALONE, targets: {} }),
  cell('the hour before: incident of 10 min', 50, {
    incident: INCIDENT,
    known: 'the hour before',
    targets: {},
  }),
  bad('limits alone: 3 % errors', 50, { errors: 0.03 }, {}, ALONE),
  bad('limits alone: 3 % errors', 5, { errors: 0.03 }, {}, ALONE),
  bad('limits alone: 1.5 % errors', 50, { errors: 0.015 }, {}, ALONE),
  bad('limits alone: 1.5 % errors', 5, { errors: 0.015 }, {}, ALONE),
  bad('the hour before: 1.5 % errors', 5, { errors: 0.015 }, {}, { known: 'the hour before' }),
];

/** A replica that has only just been started, beside one that has served for hours. */
const cold: readonly Cell[] = [50, 500].map((rate) =>
  cell('cold: p95 0.9 s for its first 15 s', rate, { atFirst: { ...USUAL, p95: 0.9, until: 15 } }),
);

// New ones come last: which random numbers a cell has follows from its place.
export const CELLS: readonly Cell[] = [...stay, ...go, ...limit, ...less, ...cold];
