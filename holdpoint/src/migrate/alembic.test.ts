import { describe, expect, test } from 'vitest';
import { readAlembic } from './alembic.ts';

const history = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;

describe('the history of alembic, as it prints it,', () => {
  test('tells what is applied and what is pending, oldest first', () => {
    const text = history(
      '89a37c587956 -> d95037084ac9 (head), three, with -> arrow',
      '5714b3d48ca1 -> 89a37c587956, two',
      '<base> -> 5714b3d48ca1 (current), one',
    );
    expect(readAlembic(text)).toEqual({
      current: '5714b3d48ca1',
      pending: ['89a37c587956', 'd95037084ac9'],
      head: 'd95037084ac9',
    });
  });

  test('of a database that is up to date has nothing pending', () => {
    expect(readAlembic(history('a1 -> b2 (head) (current), two', '<base> -> a1, one'))).toEqual({
      current: 'b2',
      pending: [],
      head: 'b2',
    });
  });

  test('of an empty database has everything pending', () => {
    expect(readAlembic(history('a1 -> b2 (head), two', '<base> -> a1, one'))).toEqual({
      current: null,
      pending: ['a1', 'b2'],
      head: 'b2',
    });
  });

  test('without any revision is empty', () => {
    expect(readAlembic('\n')).toEqual({ current: null, pending: [], head: null });
  });

  test('with labels and dependencies is read all the same', () => {
    const text = history('a1 (x9) -> b2 (shop) (head), two', '<base> -> a1 (current), one');
    expect(readAlembic(text)).toMatchObject({ current: 'a1', pending: ['b2'] });
  });

  test.each([
    [history('a1 -> b2 (head), two', 'a1 -> c3 (head), three', '<base> -> a1, one')],
    [history('b2, c3 -> d4 (head) (mergepoint), merge', 'a1 -> b2, two', 'a1 -> c3, three', '<base> -> a1')],
  ])('that branches is refused', (text) => {
    expect(() => readAlembic(text)).toThrow(
      expect.objectContaining({ code: 'configuration', message: expect.stringContaining('branches') }),
    );
  });

  test('that is none is refused', () => {
    expect(() => readAlembic('Traceback (most recent call last)')).toThrow(
      expect.objectContaining({ code: 'configuration', next: expect.stringContaining('--indicate-current') }),
    );
  });
});
