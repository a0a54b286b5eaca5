import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExposition } from './exposition.ts';

const rowsOf = (text: string) =>
  parseExposition(text).rows.map(({ name, labels, value }) => [name, Object.fromEntries(labels), value]);

test.each<[string, unknown[]]>([
  ['up 1', ['up', {}, 1]],
  ['up\t1\r', ['up', {}, 1]],
  ['up 1 1700000000000', ['up', {}, 1]],
  ['a:b_c{} +Inf', ['a:b_c', {}, Number.POSITIVE_INFINITY]],
  ['x -inf', ['x', {}, Number.NEGATIVE_INFINITY]],
  ['x NaN', ['x', {}, Number.NaN]],
  ['x 1.5e+06', ['x', {}, 1_500_000]],
  ['x { a = "1" , b="2", } 3', ['x', { a: '1', b: '2' }, 3]],
  ['x{a="q\\"b\\\\n\\n}"} 1', ['x', { a: 'q"b\\n\n}' }, 1]],
  ['x{a="{,}=#"} 1', ['x', { a: '{,}=#' }, 1]],
  ['x_bucket{le="0.5"} 8 # {trace_id="abc"} 0.43 1700000000.1', ['x_bucket', { le: '0.5' }, 8]],
])('reads %j', (line, row) => {
  expect(rowsOf(line)).toStrictEqual([row]);
});

test.each([
  'x',
  'x{',
  'x{a="1"',
  'x{a="1} 2',
  'x{a=1} 2',
  'x{a="1"}',
  'x one',
  '{a="1"} 1',
  '9x 1',
  'x{a="b" c="d"',
])('passes over the line %j, counts it, and reads the next', (line) => {
  const { rows, unreadable } = parseExposition(`${line}\nup 1`);
  expect(rows.map(({ name }) => name)).toStrictEqual(['up']);
  expect(unreadable).toBe(1);
});

test('comments are no rows, and a declared metric without rows is known by name', () => {
  const { rows, names, unreadable } = parseExposition('# HELP x Some x.\n# TYPE x counter\n# EOF\n\n');
  expect({ rows, unreadable, names: [...names] }).toStrictEqual({ rows: [], unreadable: 0, names: ['x'] });
});

test('rows that are not wanted are not read, only named', () => {
  const { rows, names, unreadable } = parseExposition('a 1\nb broken', (name) => name === 'a');
  expect({ count: rows.length, unreadable, names: [...names] }).toStrictEqual({
    count: 1,
    unreadable: 0,
    names: ['a', 'b'],
  });
});

test('no input makes it throw', () => {
  const piece = fc.constantFrom(
    'x',
    '{',
    '}',
    '"',
    '\\',
    '=',
    ',',
    ' ',
    '\n',
    '#',
    '1',
    'le',
    'NaN',
    '\u0000',
    '🙂',
  );
  const near = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (text) => {
      parseExposition(text);
    }),
    { numRuns: 2_000 },
  );
  const huge = 'z'.repeat(5_000_000);
  expect(parseExposition(`x{a="${huge}\\`).unreadable).toBe(1);
  expect(parseExposition(`x{a="${huge}"} 1`).rows).toHaveLength(1);
});

test('whatever a label says, it is read back', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.double({ noNaN: true }).map((value) => value + 0),
      (label, value) => {
        const escaped = label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
        expect(rowsOf(`x{a="${escaped}"} ${value}`)).toStrictEqual([['x', { a: label }, value]]);
      },
    ),
  );
});

test('ten thousand series are read in order', () => {
  const text = Array.from({ length: 10_000 }, (_, n) => `x{route="/a/${n}",status="200"} ${n}`).join('\n');
  const { rows } = parseExposition(text);
  expect(rows).toHaveLength(10_000);
  expect(rows[9_999]?.value).toBe(9_999);
});
