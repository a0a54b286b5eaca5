import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, type Json, sha256 } from './canonical.ts';
import { HoldpointError } from './errors.ts';

test('keys are sorted by UTF-16 code units and numbers written as RFC 8785 wants them', () => {
  expect(
    canonicalJson({
      '\u20ac': 1e21,
      '\r': -0,
      '\ufb33': Number('333333333.33333329'),
      '1': [true, null],
      '\ud83d\ude00': '\u000f',
    }),
  ).toBe('{"\\r":0,"1":[true,null],"\u20ac":1e+21,"\ud83d\ude00":"\\u000f","\ufb33":333333333.3333333}');
});

test('the order in which keys were written does not matter', () => {
  const reversed = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value as Record<string, Json>)
        .reverse()
        .map(([key, entry]) => [key, reversed(entry)]),
    );
  };
  const plain = fc.jsonValue({ noUnicodeString: true }) as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(plain, (value) => {
      fc.pre(!JSON.stringify(value).includes('__proto__'));
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, '\ud800', undefined as unknown as Json])(
  'what JSON cannot carry is our own fault: %j',
  (value) => {
    const write = () => canonicalJson(value);
    expect(write).toThrow(HoldpointError);
    expect(write).toThrow(expect.objectContaining({ code: 'internal' }));
  },
);

test('digests are lower-case hexadecimal SHA-256, of text as UTF-8', () => {
  expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(sha256('é')).toBe(sha256(Uint8Array.of(0xc3, 0xa9)));
});
