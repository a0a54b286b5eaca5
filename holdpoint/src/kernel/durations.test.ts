import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration, parseOffset } from './durations.ts';
import { HoldpointError } from './errors.ts';

test.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['1.5h', 5_400_000],
  ['15m', 900_000],
  ['15min', 900_000],
  ['1h 30m', 5_400_000],
  ['1h30m', 5_400_000],
  [' 2 d ', 172_800_000],
  ['1w', 604_800_000],
  ['0s', 0],
])('%j lasts %i ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(['', ' ', '5', 's', '-5s', '1h, 30m', '1e3s', '5 S', '5 years', 'T-1d', `${'9'.repeat(400)}s`])(
  '%j is no duration, and the error says how to write one',
  (text) => {
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ code: 'configuration', next: expect.stringContaining("'30s'") }),
    );
  },
);

test.each([
  ['T', 0],
  ['T+0', 0],
  ['T-0', 0],
  ['T-1d', -86_400_000],
  ['T−1d', -86_400_000],
  ['T + 15 m', 900_000],
])('%j is %i ms from the deployment', (text, milliseconds) => {
  expect(parseOffset(text)).toBe(milliseconds);
});

test.each(['', 'T+', 'T-', 'T15m', '15m', 't-1d', 'T--1d', 'T+1'])('%j is no time of the plan', (text) => {
  expect(() => parseOffset(text)).toThrow(expect.objectContaining({ code: 'configuration' }));
});

/** Nearly a duration, so that more than the first check is met. */
const nearly = fc
  .array(
    fc.constantFrom(
      '1',
      '20',
      '0.5',
      '.',
      '-',
      ' ',
      'ms',
      's',
      'm',
      'min',
      'h',
      'd',
      'w',
      'T',
      '+',
      'x',
      '9'.repeat(309),
    ),
  )
  .map((parts) => parts.join(''));

test('whatever is written yields a finite number of milliseconds or is refused as a configuration', () => {
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string()), fc.constantFrom(parseDuration, parseOffset), (text, parse) => {
      try {
        expect(Number.isFinite(parse(text))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(HoldpointError);
        expect(error).toMatchObject({ code: 'configuration' });
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a number with any unit comes back as it was meant', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 100_000 }),
      fc.constantFrom(['ms', 1], ['s', 1_000], ['m', 60_000], ['h', 3_600_000], ['d', 86_400_000] as const),
      (amount, [unit, size]) => {
        expect(parseDuration(`${amount}${unit}`)).toBe(amount * Number(size));
        expect(parseOffset(`T-${amount}${unit}`)).toBe(0 - amount * Number(size));
      },
    ),
  );
});

test.each([
  [0, '0 ms'],
  [45, '45 ms'],
  [1_240, '1.2 s'],
  [12_300, '12 s'],
  [5_400_000, '1 h 30 min'],
  [93_600_000, '1 d 2 h'],
  [86_400_000, '1 d'],
  [-90_000, '−1 min 30 s'],
])('%i ms are shown as %j', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test('what is shown can be read again, and is off by less than the smaller of its two units', () => {
  const coarse = (ms: number) =>
    ms < 10_000 ? 100 : ms < 3_600_000 ? 1_000 : ms < 86_400_000 ? 60_000 : 3_600_000;
  fc.assert(
    fc.property(fc.oneof(fc.nat(100_000), fc.nat(10_000_000), fc.nat(2_000_000_000)), (milliseconds) => {
      const back = parseDuration(formatDuration(milliseconds));
      expect(Math.abs(back - milliseconds)).toBeLessThan(coarse(milliseconds));
    }),
  );
});
