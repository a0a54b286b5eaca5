import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HoldpointError } from '../../../kernel/errors.ts';
import { interpolate } from './interpolate.ts';

const VARIABLES = { SET: 'set', EMPTY: '', OTHER: 'other', _a1: 'low' };

function filled(text: string): { readonly text: string; readonly unset: readonly string[] } {
  const unset: string[] = [];
  const result = interpolate(text, 'f.yml:1:1', { variables: VARIABLES, unset: (name) => unset.push(name) });
  return { text: result, unset };
}

describe('variables of a compose file', () => {
  it.each([
    ['$SET', 'set'],
    [`\${SET}`, 'set'],
    [`a\${SET}b$SET-c`, 'asetbset-c'],
    ['$_a1', 'low'],
    [`\${EMPTY}`, ''],
    [`\${EMPTY:-d}`, 'd'],
    [`\${EMPTY-d}`, ''],
    [`\${NONE:-d}`, 'd'],
    [`\${NONE-d}`, 'd'],
    [`\${NONE:-}`, ''],
    [`\${SET:-d}`, 'set'],
    [`\${SET:?e}`, 'set'],
    [`\${EMPTY?e}`, ''],
    [`\${SET:+a}`, 'a'],
    [`\${EMPTY:+a}`, ''],
    [`\${EMPTY+a}`, 'a'],
    [`\${NONE+a}`, ''],
    [`\${NONE:-\${SET}}`, 'set'],
    [`\${NONE:-\${NOR:-\${OTHER}}}!`, 'other!'],
    [`\${NONE:-a$SET}`, 'aset'],
    [`\${SET:+\${OTHER}-x}`, 'other-x'],
    [`\${NONE:-a:b-c?d+e}`, 'a:b-c?d+e'],
    [`\${NONE:-$\${SET}}`, `\${SET}`],
    [`\${NONE:-a$$}`, 'a$'],
    ['$$SET', '$SET'],
    ['$$$SET', '$set'],
    ['$$$$', '$$'],
    ['no dollar', 'no dollar'],
  ])('%s becomes %s', (text, result) => {
    expect(filled(text)).toEqual({ text: result, unset: [] });
  });

  it.each(['$NONE', `\${NONE}`, `\${EMPTY:-\${NONE}}`])('%s becomes empty, and is told', (text) => {
    expect(filled(text)).toEqual({ text: '', unset: ['NONE'] });
  });

  it.each([
    [`\${NONE:?}`, 'f.yml:1:1 the variable NONE is required and not set'],
    [`\${NONE?say $SET}`, 'f.yml:1:1 the variable NONE is required: say set'],
    [`\${EMPTY:?no}`, 'f.yml:1:1 the variable EMPTY is required: no'],
    [`\${SET`, `f.yml:1:1 '\${SET' is no variable of a compose file`],
    ['$', "f.yml:1:1 '$' is no variable of a compose file"],
    ['a $1', "f.yml:1:1 '$1' is no variable of a compose file"],
    [`\${SET/x/y}`, `f.yml:1:1 '\${SET/x/y}' is no variable of a compose file`],
    [`\${}`, `f.yml:1:1 '\${}' is no variable of a compose file`],
  ])('%s is refused', (text, message) => {
    expect(() => filled(text)).toThrow(expect.objectContaining({ code: 'configuration', message }));
  });

  it('fills in whatever is well formed and not required', () => {
    const name = fc.constantFrom('SET', 'EMPTY', 'NONE');
    const { template } = fc.letrec<{ template: string; part: string }>((tie) => ({
      template: fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
      part: fc.oneof(
        { depthSize: 'small' },
        fc.string().map((text) => text.replaceAll(/[$}]/g, '')),
        fc.constant('$$'),
        name.map((word) => `\${${word}}`),
        fc
          .tuple(name, fc.constantFrom(':-', '-', ':+', '+'), tie('template'))
          .map(([word, sign, other]) => `\${${word}${sign}${other}}`),
      ),
    }));
    fc.assert(
      fc.property(template, (text) => {
        filled(text);
      }),
    );
  });

  it('throws nothing but its own errors, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', '?', '+', ' ') }),
        (text) => {
          try {
            filled(text);
          } catch (error) {
            expect(error).toBeInstanceOf(HoldpointError);
          }
        },
      ),
    );
  });

  it('leaves a text alone whose dollar signs are doubled', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(filled(text.replaceAll('$', '$$$$')).text).toBe(text);
      }),
    );
  });
});
