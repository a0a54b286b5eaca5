import { HoldpointError } from './errors.ts';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Half of what a date can carry, so that a time of the plan still is one: more than 100,000 years. */
const LONGEST = 4.32e15;

const PART = /(\d+(?:\.\d+)?)\s*(ms|min|s|m|h|d|w)/g;

/** Milliseconds of `1h 30m`, `250ms`, `2 d`; throws `configuration` on anything else. */
export function parseDuration(text: string): number {
  const rest = text.replace(PART, '').trim();
  const parts = [...text.matchAll(PART)];
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0);
  if (rest !== '' || parts.length === 0 || total > LONGEST) {
    throw new HoldpointError('configuration', `'${text}' is not a duration`, {
      next: "Write a number with a unit, such as '30s', '15m', '2h' or '1d'.",
    });
  }
  return total;
}

/** Milliseconds relative to the start of the deployment: `T-1d` is negative, `T+15m` positive, `T` is 0. */
export function parseOffset(text: string): number {
  const compact = text.replaceAll(' ', '');
  const match = /^T(?:([+\u2212-])(.+))?$/.exec(compact);
  if (!match) {
    throw new HoldpointError('configuration', `'${text}' is not a time of the plan`, {
      next: "Write it relative to the deployment, such as 'T-1d', 'T' or 'T+15m'.",
    });
  }
  if (match[2] === undefined) return 0;
  const amount = match[2] === '0' ? 0 : parseDuration(match[2]);
  // Subtracted from 0, since minus nothing would be `-0`.
  return match[1] === '+' ? amount : 0 - amount;
}

/** `1 d 2 h`, `1 h 30 min`, `12.3 s`, `45 ms`: two units at the most, for people. */
export function formatDuration(milliseconds: number): string {
  const amount = Math.abs(milliseconds);
  const sign = milliseconds < 0 ? '−' : '';
  if (amount < 1_000) return `${sign}${Math.round(amount)} ms`;
  if (amount < 60_000) return `${sign}${(amount / 1_000).toFixed(amount < 10_000 ? 1 : 0)} s`;
  const steps: readonly (readonly [number, string])[] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ];
  const first = steps.findIndex(([size]) => amount >= size);
  let rest = amount;
  const words: string[] = [];
  for (const [size, unit] of steps.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) words.push(`${count} ${unit}`);
  }
  return sign + words.join(' ');
}
