import { formatShare } from '../kernel/quantities.ts';

/** `4,000 : 1` of ln E, with two digits that mean something. */
export function oddsInWords(logE: number): string {
  if (logE > Math.log(1e9)) return 'more than 1,000,000,000 : 1';
  const odds = Math.exp(logE);
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, odds))) - 1);
  return odds < 10 ? `${odds.toFixed(1)} : 1` : `${whole(Math.round(odds / unit) * unit)} : 1`;
}

/** `3.1 % of 1,040`. */
export const rateInWords = (events: number, trials: number): string =>
  `${formatShare(trials > 0 ? events / trials : 0)} of ${whole(trials)}`;

/** `1 %`, `0.25 %`: a share that somebody declared, as they would write it. */
export const limitInWords = (share: number): string => `${plainNumber(share * 100)} %`;

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Three digits that mean something, without an exponent: `12.3`, `1,240`, `0.052`. */
export const plainNumber = (value: number): string =>
  Number(value.toPrecision(3)).toLocaleString('en-US', { maximumSignificantDigits: 3 });

/** Rounding first and adding 0 keeps a `-0.00` away. */
export const decimals = (value: number): string => (Math.round(value * 100) / 100 + 0).toFixed(2);
