import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/canonical.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { differences, OPERATOR_NAMES } from './matching.ts';

const agree = (expected: Json, measured: Json | undefined): boolean =>
  differences(expected, measured, 'json').length === 0;

describe('matching', () => {
  it.each<[string, Json, Json | undefined, boolean]>([
    ['an equal text', 'a', 'a', true],
    ['a number for a text', '1', 1, false],
    ['an object with more keys', { a: 1 }, { a: 1, b: 2 }, true],
    ['an object with fewer keys', { a: 1, b: 2 }, { a: 1 }, false],
    ['an inherited key', { constructor: { $exists: true } }, {}, false],
    ['a list in order', [1, { a: 1 }], [1, { a: 1, b: 2 }], true],
    ['a list with more', [1], [1, 2], false],
    ['a list for an object', { 0: 'a' }, ['a'], false],
    ['$type integer', { $type: 'integer' }, 1, true],
    ['$type number of an integer', { $type: 'number' }, 1, true],
    ['$type integer of a fraction', { $type: 'integer' }, 1.5, false],
    ['$type null', { $type: 'null' }, null, true],
    ['$type object of a list', { $type: 'object' }, [], false],
    ['$type of nothing', { $type: 'string' }, undefined, false],
    ['$matches', { $matches: '^a+$' }, 'aaa', true],
    ['$matches over lines', { $matches: 'a.b' }, 'a\nb', true],
    ['$matches of nothing', { $matches: '' }, undefined, false],
    ['$exists false', { a: { $exists: false } }, {}, true],
    ['$exists true of null', { a: { $exists: true } }, { a: null }, true],
    ['$contains of a text', { $contains: 'b' }, 'abc', true],
    ['$contains of a list', { $contains: { id: 2 } }, [{ id: 1 }, { id: 2, x: 0 }], true],
    ['$contains of nothing', { $contains: 'a' }, undefined, false],
    ['$oneOf', { $oneOf: ['a', { $type: 'integer' }] }, 3, true],
    ['$not', { $not: { state: 'failed' } }, { state: 'done' }, true],
    ['$atLeast of a header', { $atLeast: 2 }, '7', true],
    ['$atLeast of no number', { $atLeast: 0 }, '', false],
    ['$atMost', { $atMost: 2 }, 3, false],
    ['$length by a matcher', { $length: { $atLeast: 2 } }, [1, 2], true],
    ['several matchers that must all hold', { $type: 'string', $matches: 'z' }, 'a', false],
  ])('judges %s', (_what, expected, measured, holds) => {
    expect(agree(expected, measured)).toBe(holds);
  });

  it('names where each difference is', () => {
    expect(differences({ a: [{ b: 1 }, 2], c: 3 }, { a: [{ b: 2 }, 2] }, 'json')).toEqual([
      { path: 'json.a[0].b', expected: '1', measured: '2' },
      { path: 'json.c', expected: '3', measured: 'nothing' },
    ]);
  });

  it('holds for every value compared with itself', () => {
    const plain = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('"$'));
    fc.assert(fc.property(plain, (value) => agree(value as Json, value as Json)));
  });

  it('crashes on no input: it judges, or names what is wrong with the matcher', () => {
    const operator = fc.dictionary(fc.constantFrom(...OPERATOR_NAMES, '$other'), fc.jsonValue(), {
      maxKeys: 3,
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), operator), fc.jsonValue(), (expected, measured) => {
        try {
          expect(Array.isArray(differences(expected as Json, measured as Json, 'json'))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(HoldpointError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('shows a deeply nested answer without running out of stack', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as Json;
    expect(differences({ $type: 'string' }, deep, 'json')).toHaveLength(1);
  });
});
