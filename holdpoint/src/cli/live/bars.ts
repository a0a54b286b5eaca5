const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A bar of `width` characters, filled to `share` of it, in steps of an eighth of a character. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share || 0)) * width * 8);
  const part = EIGHTHS[eighths % 8] ?? '';
  return ('█'.repeat(Math.floor(eighths / 8)) + part).padEnd(width, '·');
}

/** What a band is drawn from: shares of the scale, all of the same unit. */
export interface Band {
  readonly low: number;
  readonly value: number;
  readonly high: number;
  readonly limit: number;
}

/** `·├──●──┤···┃····`: the band, where it is most likely, and the limit, on a scale that ends at twice the limit. */
export function bandBar({ low, value, high, limit }: Band, width: number): string {
  const at = (amount: number): number =>
    Math.min(width - 1, Math.max(0, Math.floor((amount / (2 * limit)) * width)));
  const cells = new Array<string>(width).fill('·');
  cells.fill('─', at(low), at(high) + 1);
  cells[at(low)] = '├';
  cells[at(high)] = '┤';
  cells[at(limit)] = '┃';
  cells[at(value)] = '●';
  return cells.join('');
}
