import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HoldpointError } from '../../../kernel/errors.ts';
import { documentFor } from './document.ts';
import { load } from './fixtures/load.ts';
import { SAMPLES } from './fixtures/projects.ts';
import { cannotOverlap } from './overlap.ts';

const PIECES = [
  ...[
    'null',
    '[]',
    '{}',
    '""',
    '0',
    '-1',
    '1e999',
    '!reset',
    '!override ',
    '&a ',
    '*a',
    '<<: *a',
    '? ',
    '- ',
    ': ',
    '\n',
    ' ',
    '  ',
  ],
  ...[
    '$',
    `\${A`,
    `\${A:?}`,
    '\uD800',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ',',
    '#',
    'services',
    'extends: app',
    'x-y',
    '__proto__',
    '0777',
  ],
];

it('whatever is written into compose files, nothing but a configuration error comes of it', () => {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(12),
    put: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 })),
  });
  const sample = fc.constantFrom(...SAMPLES);
  fc.assert(
    fc.property(
      sample,
      fc.nat(),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (chosen, which, changes) => {
        const names = Object.keys(chosen.files);
        const name = names[which % names.length] ?? '';
        const mutated = changes.reduce((text, { at, cut, put }) => {
          const offset = Math.floor(at * text.length);
          return text.slice(0, offset) + put + text.slice(offset + cut);
        }, chosen.files[name] ?? '');
        try {
          const project = load(
            { ...chosen.files, [name]: mutated },
            { compose: chosen.compose ?? ['docker-compose.yml'], variables: chosen.variables ?? {} },
          );
          Object.values(project.services).map(cannotOverlap);
          documentFor(project, 'v2');
          documentFor(project, 'v1');
        } catch (error) {
          expect(error).toBeInstanceOf(HoldpointError);
          expect(error).toMatchObject({ code: 'configuration', next: expect.any(String) });
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
