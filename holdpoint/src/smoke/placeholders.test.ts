import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/canonical.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { fillIn, fillInPath, fillInText, placeholdersIn } from './placeholders.ts';

const values = new Map<string, Json>([
  ['id', 7],
  ['name', 'a b/ü?'],
  ['list', [1, 2]],
]);

describe('placeholders', () => {
  it('keeps the type of a value that stands alone, and writes it out inside text', () => {
    expect(
      fillIn({ id: '{{id}}', text: 'number {{ id }}', list: ['{{list}}'], '{{id}}': null }, values),
    ).toEqual({
      id: 7,
      text: 'number 7',
      list: [[1, 2]],
      '7': null,
    });
  });

  it('encodes values inside a path, and takes a captured path as it is', () => {
    expect(fillInPath('/things/{{name}}', values)).toBe('/things/a%20b%2F%C3%BC%3F');
    expect(fillInPath('{{location}}', new Map([['location', '/a?b=c d']]))).toBe('/a?b=c d');
  });

  it('takes a value literally inside a pattern', () => {
    expect(fillIn({ $matches: '^{{name}}$' }, new Map([['name', 'a.b*']]))).toEqual({
      $matches: '^a\\.b\\*$',
    });
  });

  it('does not fill in what a value itself brings', () => {
    expect(fillInText('{{a}}', new Map([['a', '{{b}}']]))).toBe('{{b}}');
  });

  it('names what has no value, and the nearest name that has', () => {
    expect(() => fillInText('{{nane}}', values)).toThrow(
      expect.objectContaining({ code: 'configuration', next: 'Did you mean {{name}}?' }),
    );
    expect(() => fillInText('{{env.HOME_X}}', values)).toThrow('the variable HOME_X is not set');
  });

  it('leaves every value without placeholders as it is', () => {
    const plain = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('{{'));
    fc.assert(
      fc.property(plain, (value) => {
        expect(fillIn(value as Json, values)).toEqual(value);
      }),
    );
  });

  it('crashes on no input: it fills in, or names the value that is missing', () => {
    const text = fc.stringMatching(/^(\{\{ ?|\}\}|[a-z.$_]|__proto__|id|name){0,12}$/);
    const value = fc.oneof(text, fc.array(text), fc.dictionary(text, text), fc.jsonValue());
    fc.assert(
      fc.property(value, (any) => {
        try {
          fillIn(any as Json, values);
          fillInPath(JSON.stringify(any), values);
        } catch (error) {
          expect(error).toBeInstanceOf(HoldpointError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('fills in exactly the names that it finds', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (names) => {
        const text = names.map((one) => `<{{${one}}}>`).join('');
        expect(placeholdersIn(text)).toEqual([...new Set(names)]);
        expect(fillInText(text, new Map(names.map((one) => [one, one])))).toBe(
          names.map((one) => `<${one}>`).join(''),
        );
      }),
    );
  });
});
