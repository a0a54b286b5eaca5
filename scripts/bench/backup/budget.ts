import { median, seconds } from '../numbers.ts';
import type { Watched } from './watched.ts';

/** The same work by Holdpoint and by the plain tool, round by round. */
export interface Pair {
  readonly ours: readonly Watched[];
  readonly plain: readonly Watched[];
  /** What the plain tool's result still took until the disk had it, which ours waits for; milliseconds. */
  readonly synced: readonly number[];
}

export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly plain: string;
  readonly measured: string;
  /** Empty where none was set. */
  readonly budget: string;
  readonly met: boolean;
}

const times = (all: readonly Watched[]): readonly number[] => all.map(({ took }) => took);
const shown = (all: readonly number[]): string => `${seconds(median(all))} (${all.map(short).join(', ')})`;
const short = (milliseconds: number): string => (milliseconds / 1_000).toFixed(1);

/** Speed against the plain tool's: the median of each round's ratio, since both ran beside the same other work. */
export function speedRows(what: string, pair: Pair, atLeast: number | undefined): readonly Row[] {
  const ours = times(pair.ours);
  const plain = times(pair.plain);
  const durable = plain.map((took, index) => took + (pair.synced[index] ?? 0));
  const speed = ratio(plain, ours);
  return [
    {
      ...{ what, ours: shown(ours), plain: shown(plain), measured: `${speed.toFixed(2)} ×` },
      budget: atLeast === undefined ? '' : `≥ ${atLeast} ×`,
      met: atLeast === undefined || speed >= atLeast,
    },
    {
      ...{ what: '… until the disk has it', ours: '', plain: shown(durable) },
      ...{ measured: `${ratio(durable, ours).toFixed(2)} ×`, budget: '', met: true },
    },
  ];
}

/** Time against the plain tool's. */
export function timeRow(what: string, pair: Pair, atMost: number): Row {
  const [ours, plain] = [times(pair.ours), times(pair.plain)];
  const longer = ratio(ours, plain);
  return {
    ...{ what, ours: shown(ours), plain: shown(plain), measured: `${longer.toFixed(2)} × its time` },
    ...{ budget: `≤ ${atMost} ×`, met: longer <= atMost },
  };
}

export function limitRow(what: string, milliseconds: readonly number[], limit: number | undefined): Row {
  return {
    ...{ what, ours: shown(milliseconds), plain: '', measured: seconds(median(milliseconds)) },
    budget: limit === undefined ? '' : `≤ ${seconds(limit)}`,
    met: limit === undefined || median(milliseconds) <= limit,
  };
}

/** Numbers in the order of rounds. */
function ratio(one: readonly number[], other: readonly number[]): number {
  return median(one.map((value, index) => value / (other[index] ?? Number.NaN)));
}

const MEMORY = 200e6;

export function memoryRows(all: readonly Watched[]): readonly Row[] {
  const peak = Math.max(...all.map((one) => one.peak));
  const children = new Map<string, number>();
  for (const one of all)
    for (const [name, bytes] of one.children) children.set(name, Math.max(children.get(name) ?? 0, bytes));
  const names = [...children].sort(([, a], [, b]) => b - a).slice(0, 4);
  return [
    {
      ...{ what: 'peak memory of Holdpoint', ours: megabytes(peak), plain: '' },
      ...{ measured: megabytes(peak), budget: `≤ ${megabytes(MEMORY)}`, met: peak <= MEMORY },
    },
    {
      ...{ what: '… of the programs that it runs', plain: '', measured: '', budget: '', met: true },
      ours: names.map(([name, bytes]) => `${name} ${megabytes(bytes)}`).join(', '),
    },
  ];
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
