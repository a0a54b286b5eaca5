import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HoldpointError } from './errors.ts';
import { formatBytes, formatShare, parseBytes, parseShare } from './quantities.ts';

test.each([
  ['200MB', 200_000_000],
  ['200 mb', 200_000_000],
  ['2GiB', 2_147_483_648],
  ['1.5 KiB', 1_536],
  ['0B', 0],
])('%j are %i bytes', (text, count) => {
  expect(parseBytes(text)).toBe(count);
});

test.each(['', '200', 'MB', '-1MB', '1 iB', '200MB/s', `${'9'.repeat(400)}TB`])('%j is no size', (text) => {
  expect(() => parseBytes(text)).toThrow(expect.objectContaining({ code: 'configuration' }));
});

test.each([
  ['1%', 0.01],
  ['0.5 %', 0.005],
  ['0.01', 0.01],
  ['100%', 1],
  ['0', 0],
])('%j is a share of %d', (text, expected) => {
  expect(parseShare(text)).toBeCloseTo(expected, 12);
});

test.each(['', '101%', '1.01', '-1%', '1 percent', '%'])('%j is no share', (text) => {
  expect(() => parseShare(text)).toThrow(expect.objectContaining({ code: 'configuration' }));
});

test('whatever is written yields a number in its range or is refused as a configuration', () => {
  const nearly = fc
    .array(fc.constantFrom('1', '0.5', '.', '%', ' ', 'k', 'M', 'i', 'B', '-', '9'.repeat(309)))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string()), fc.boolean(), (text, size) => {
      try {
        const value = size ? parseBytes(text) : parseShare(text);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(size ? Number.MAX_SAFE_INTEGER : 1);
      } catch (error) {
        expect(error).toBeInstanceOf(HoldpointError);
        expect(error).toMatchObject({ code: 'configuration' });
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a size that is shown can be read again, to within a twentieth', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(1, 1_000), (count, scale) => {
      const bytes = count * scale;
      expect(Math.abs(parseBytes(formatBytes(bytes)) - bytes)).toBeLessThanOrEqual(bytes / 20);
    }),
  );
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [200_000_000, '200 MB'],
])('%i bytes are shown as %j', (count, text) => {
  expect(formatBytes(count)).toBe(text);
});

test.each([
  [0, '0 %'],
  [0.0005, '0.05 %'],
  [0.031, '3.1 %'],
  [1, '100 %'],
])('a share of %d is shown as %j', (value, text) => {
  expect(formatShare(value)).toBe(text);
});
