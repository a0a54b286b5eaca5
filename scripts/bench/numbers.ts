/** The middle value; of two in the middle, their mean. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Milliseconds as seconds for people. */
export const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

export const say = (text = ''): void => console.log(text);

/** One number and what it is of. */
export const row = (name: string, value: string): void => say(`  ${name.padEnd(36)} ${value}`);

export const list = (milliseconds: readonly number[]): string =>
  `${milliseconds.map(seconds).join(', ')}; median ${seconds(median(milliseconds))}`;
