import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HoldpointError } from '../../../kernel/errors.ts';
import { parseDotenv, parseRawEnv } from './dotenv.ts';

const read = (text: string, generation: 'v1' | 'v2' = 'v2') =>
  parseDotenv('/srv/.env', text, {
    variables: { HOME: '/home/me', TAKEN: 'outer' },
    unset: () => undefined,
    generation,
  });

describe('an env file', () => {
  it.each([
    ['A=1', { A: '1' }],
    ['A=1\nB=2\r\nC=3\r\n', { A: '1', B: '2', C: '3' }],
    ['\uFEFFA=1', { A: '1' }],
    ['# comment\n\n  # another\nA=1', { A: '1' }],
    ['export A=1', { A: '1' }],
    ['  A = spaced  ', { A: 'spaced' }],
    ['A=', { A: '' }],
    ['A=""', { A: '' }],
    ["A=''", { A: '' }],
    ['A=a=b', { A: 'a=b' }],
    ['A=value # comment', { A: 'value' }],
    ['A=value# none', { A: 'value# none' }],
    ['A="value # none" # comment', { A: 'value # none' }],
    [`A='$HOME \${HOME}'`, { A: `$HOME \${HOME}` }],
    ["A='it\\'s'", { A: "it's" }],
    ['A="say \\"x\\"\\n\\ttab \\\\ \\$HOME"', { A: 'say "x"\n\ttab \\ $HOME' }],
    ['A="two\nlines"\nB=1', { A: 'two\nlines', B: '1' }],
    [`A=$HOME/x\nB=\${A}/y`, { A: '/home/me/x', B: '/home/me/x/y' }],
    [`A=\${NONE:-\${HOME}}`, { A: '/home/me' }],
    ['A=a$$b', { A: 'a$b' }],
    ['A: yaml', { A: 'yaml' }],
    ['TAKEN=inner\nB=$TAKEN', { TAKEN: 'inner', B: 'outer' }],
    ['HOME', { HOME: '/home/me' }],
    ['NOWHERE', {}],
    ['with.dots-and=1', { 'with.dots-and': '1' }],
  ])('%j is read', (text, variables) => {
    expect(read(text)).toEqual(variables);
  });

  it.each([
    ['A=1\nnot a line!', "/srv/.env:2 'not a line!' is no line of an env file"],
    ['A=1\n\nB="open', '/srv/.env:3 the quote of B is never closed'],
    ['A="x\ny"\nB="a" b', '/srv/.env:3 there is text after the quoted value of B'],
    [`A=\${NONE:?needed}`, '/srv/.env:1 the variable NONE is required: needed'],
    ['A=$', "/srv/.env:1 '$' is no variable of a compose file"],
  ])('%j is refused with its line', (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'configuration', message }));
  });

  it.each([
    ['A=pa$$word', 'pa$$word'],
    ['A=pa$word', 'pa$word'],
    [`A='\${HOME}'`, '/home/me'],
    [`A=\${NONE:-d}`, 'd'],
    ['A="\\$x"', '\\$x'],
  ])('the first generation reads the dollar signs of %j in its own way', (text, value) => {
    expect(read(text, 'v1')).toEqual({ A: value });
  });

  it('is taken as it is written in raw form', () => {
    expect(parseRawEnv('# no\nA="$x" # y\r\nB\nC=a=b\n')).toEqual({ A: '"$x" # y', C: 'a=b' });
  });

  it('gives back what was written in single quotes, whatever it is', () => {
    const value = fc.string().filter((text) => !/['\\\r]/.test(text));
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Z_]{1,5}$/), value), (variables) => {
        const text = Object.entries(variables).map(([name, said]) => `${name}='${said}'\n`);
        expect(read(text.join(''))).toEqual({ ...variables });
      }),
    );
  });

  it('throws nothing but its own errors, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('A', '=', '"', "'", '\\', '$', '{', '}', '#', ' ', '\n', ':') }),
        (text) => {
          for (const generation of ['v1', 'v2'] as const) {
            try {
              read(text, generation);
            } catch (error) {
              expect(error).toBeInstanceOf(HoldpointError);
            }
          }
        },
      ),
    );
  });
});
