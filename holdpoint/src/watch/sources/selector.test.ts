import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HoldpointError } from '../../kernel/errors.ts';
import { parseSelector, selects } from './selector.ts';

const row = (name: string, labels: Record<string, string> = {}) => ({
  name,
  labels: new Map(Object.entries(labels)),
});

test.each([
  ['jobs_total', [], 'jobs_total'],
  [' job:errors:ratio {} ', [], 'job:errors:ratio'],
  ['a{b="c"}', [['b', '=', 'c']], 'a'],
  [
    'a{ b = "c" , d!~"e|f", }',
    [
      ['b', '=', 'c'],
      ['d', '!~', 'e|f'],
    ],
    'a',
  ],
  [String.raw`a{b="say \"hi\"\\n\n"}`, [['b', '=', 'say "hi"\\n\n']], 'a'],
  ['a{b="}{,="}', [['b', '=', '}{,=']], 'a'],
])('reads %j', (text, matchers, name) => {
  const read = parseSelector(text);
  expect(read.name).toBe(name);
  expect(read.matchers.map(({ label, operator, value }) => [label, operator, value])).toStrictEqual(matchers);
  expect(read.text).toBe(text.trim());
});

test.each([
  '',
  '{a="b"}',
  'sum(a)',
  'rate(a[5m])',
  'a{b=c}',
  'a{b="c"',
  'a{b="c" d="e"}',
  'a / b',
  '1a',
  'a{b=~"("}',
])('refuses %j with what to write instead', (text) => {
  expect(() => parseSelector(text)).toThrow(HoldpointError);
});

test.each([
  ['a', row('a', { x: '1' }), true],
  ['a', row('b'), false],
  ['a{x="1"}', row('a', { x: '1', y: '2' }), true],
  ['a{x="1"}', row('a', { x: '12' }), false],
  ['a{x!="1"}', row('a', { x: '2' }), true],
  ['a{x!="1"}', row('a'), true],
  ['a{x=""}', row('a'), true],
  ['a{x=~"1|2"}', row('a', { x: '2' }), true],
  ['a{x=~"1|2"}', row('a', { x: '12' }), false],
  ['a{x=~".*"}', row('a', { x: 'two\nlines' }), true],
  ['a{x!~"5.."}', row('a', { x: '503' }), false],
])('%s selects %o: %s', (text, one, expected) => {
  expect(selects(parseSelector(text), one)).toBe(expected);
});

test('no text makes it throw anything but an error for the user', () => {
  const piece = fc.constantFrom('a', '{', '}', '"', '\\', '=', '~', '!', ',', ' ', '\n', '(', '.');
  const near = fc.array(piece, { maxLength: 30 }).map((pieces) => `a{${pieces.join('')}}`);
  fc.assert(
    fc.property(fc.oneof(near, fc.string()), (text) => {
      try {
        parseSelector(text);
      } catch (error) {
        expect(error).toBeInstanceOf(HoldpointError);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a value is read back, whatever it says', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const written = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
      expect(selects(parseSelector(`a{x="${written}"}`), row('a', { x: value }))).toBe(true);
    }),
  );
});
