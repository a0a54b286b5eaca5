import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillIn, fillInAll } from './variables.ts';

/** `${…}` without being a template. */
const ref = (inside: string): string => `$\{${inside}}`;

test.each([
  [`http://${ref('HOST')}:${ref('PORT')}/`, 'http://localhost:80/'],
  [ref('EMPTY'), ''],
  [ref('MISSING:-7'), '7'],
  [ref('MISSING:-'), ''],
  [ref('EMPTY:-7'), '7'],
  [ref('PORT:-7'), '80'],
  [`$HOST {HOST} ${ref(' HOST ')} $`, `$HOST {HOST} ${ref(' HOST ')} $`],
])('%j becomes %j', (text, filled) => {
  expect(fillIn(text, { HOST: 'localhost', PORT: '80', EMPTY: '' })).toBe(filled);
});

test('a variable that is not set is named, with the nearest that is', () => {
  expect(() => fillIn(ref('DATABASE_ULR'), { DATABASE_URL: 'x' })).toThrow(
    expect.objectContaining({
      code: 'configuration',
      message: 'the variable DATABASE_ULR is not set',
      next: 'Set DATABASE_ULR in the environment, or write DATABASE_URL.',
    }),
  );
});

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  '%s is no variable unless somebody sets it',
  (name) => {
    expect(() => fillIn(ref(name), {})).toThrow(expect.objectContaining({ code: 'configuration' }));
  },
);

test('a value is put in as it is: neither read again nor taken for a pattern', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (value, around) => {
      fc.pre(!around.includes('$'));
      expect(fillIn(`${around}${ref('A')}${around}`, { A: value })).toBe(`${around}${value}${around}`);
    }),
  );
  expect(fillIn(ref('A'), { A: ref('B'), B: 'x' })).toBe(ref('B'));
});

test('strings inside plain data are filled in, at any depth; keys and everything else stay', () => {
  const data = { a: [ref('A'), 1, null, { [ref('A')]: ref('A') }], b: true };
  expect(fillInAll(data, { A: 'x' })).toEqual({ a: ['x', 1, null, { [ref('A')]: 'x' }], b: true });
});
