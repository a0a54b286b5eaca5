export type QuantityKind = 'bytes' | 'duration' | 'percent' | 'range';

/** A number with its unit as a checklist states it. */
export interface StatedQuantity {
  readonly kind: QuantityKind;
  /** `below` for `<`, `under`, `at most`; `above` for `>`, `at least`; absent when only the number stands there. */
  readonly bound?: 'below' | 'above';
  /** Compact, as the kernel's quantities read it: `200MB`, `1s`, `70%`, `1001-1007`. */
  readonly value: string;
}

const BELOW =
  '<=?|≤|⩽|under|below|less than|lower than|at most|no more than|not more than|up to|within|max(?:imum)?(?: of)?';
const ABOVE = '>=?|≥|⩾|over|above|more than|greater than|at least|no less than|min(?:imum)?(?: of)?';
const UNIT =
  '[kmgt]i?b|bytes?|%|percent|ms|milliseconds?|s|secs?|seconds?|min|mins|minutes?|m|h|hrs?|hours?|d|days?|w|weeks?';
const QUANTITY = new RegExp(
  `(?:(?<below>${BELOW})\\s*|(?<above>${ABOVE})\\s*)?(?<![\\w.])(?<amount>\\d{1,12}(?:\\.\\d{1,6})?)\\s?(?<unit>${UNIT})(?!\\w)`,
  'gi',
);
const RANGE = /(?<![\w.])(\d{1,9})\s?(?:-|–|—|\.\.|to)\s?(\d{1,9})(?![\w.])/g;
const VERSION = /(?<!\w)v?\d+(?:\.\d+){1,3}(?:-[\w.]+)?(?!\w|\s?%)/gi;

function read(amount: string, unit: string): { kind: QuantityKind; value: string } {
  if (unit === '%' || unit === 'percent') return { kind: 'percent', value: `${amount}%` };
  if (/^bytes?$/.test(unit)) return { kind: 'bytes', value: `${amount}B` };
  if (unit.endsWith('b')) {
    const spelled = unit.includes('i') ? `${unit.charAt(0).toUpperCase()}iB` : unit.toUpperCase();
    return { kind: 'bytes', value: `${amount}${spelled}` };
  }
  const short = /^(ms|milli)/.test(unit) ? 'ms' : /^(min|m$)/.test(unit) ? 'min' : unit.charAt(0);
  return { kind: 'duration', value: `${amount}${short}` };
}

/** The quantities in a text, and the text without them, so that its words can be compared. */
export function statedQuantities(text: string): { quantities: readonly StatedQuantity[]; rest: string } {
  const quantities: StatedQuantity[] = [];
  const withoutUnits = text.replace(QUANTITY, (...found) => {
    const groups = found.at(-1) as Record<string, string | undefined>;
    const bound = groups['below'] ? 'below' : groups['above'] ? 'above' : undefined;
    quantities.push({
      ...read(groups['amount'] ?? '', (groups['unit'] ?? '').toLowerCase()),
      ...(bound === undefined ? {} : { bound }),
    });
    return ' ';
  });
  const withoutRanges = withoutUnits.replace(RANGE, (_, from: string, to: string) => {
    quantities.push({ kind: 'range', value: `${from}-${to}` });
    return ' ';
  });
  return { quantities, rest: withoutRanges.replace(VERSION, ' ') };
}
