import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PROBES } from '../checks/catalog.ts';
import { VERDICTS } from '../kernel/verdict.ts';
import { proposeBindings } from './bind.ts';
import type { Checklist, Outcome } from './model.ts';
import { repairMojibake } from './mojibake.ts';
import { withoutOwnBlocks } from './own-blocks.ts';
import { parseChecklist } from './parse.ts';
import { type RenderOptions, renderChecklist } from './render.ts';
import { writeBindings } from './write-bindings.ts';

const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ maxLength: 60 }));

/** Pieces that mean something to Markdown or to us, in any order: most of what they make is nonsense. */
const piece = fc.constantFrom(
  ...[
    '- [ ] ',
    '- [x] ',
    '* [X] ',
    '1. [ ] ',
    '- ',
    '> ',
    '  ',
    '    ',
    '\t',
    '# ',
    '## Sign-off',
    '---',
    '===',
    '```',
    '~~~',
  ],
  ...[
    '| Role | Name |',
    '|---|---|',
    '| Deployer | |',
    '<div>',
    '</details>',
    '<!--',
    '-->',
    '<?',
    '<![CDATA[',
    '[^a]: ',
    '[a]: b',
  ],
  ...[
    '<!-- holdpoint: code.ci -->',
    '<!-- holdpoint:evidence a --><p>x</p><!-- /holdpoint:evidence -->',
    '\\',
    '`',
    '**',
    '_',
  ],
  ...[
    '<!-- holdpoint:status -->x<!-- /holdpoint:status -->',
    '<!-- holdpoint:signed -->',
    '<!-- /holdpoint:signed -->',
  ],
  ...['All tests pass', 'Backend < 200MB', 'âœ“', 'x', '\u0000', '\ufeff', 'www.a.b', 'a@b.c', ' '],
);
const ending = fc.constantFrom('\n', '\n', '\n', '\r\n', '\r', '\n\n');
const line = fc.oneof(
  fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join('')),
  fc.string({ maxLength: 12 }),
);
const document = fc.oneof(
  anything,
  fc.array(fc.tuple(line, ending), { maxLength: 14 }).map((lines) => lines.flat().join('')),
);

const outcome = fc.record<Outcome>({
  verdict: fc.constantFrom(...VERDICTS),
  summary: fc.oneof(anything, piece),
  details: fc.array(fc.oneof(anything, piece), { maxLength: 2 }),
});

const options = fc.record<RenderOptions>({
  evidence: fc.constantFrom('inline', 'beside'),
  status: fc.oneof(anything, piece),
  signOffs: fc.constant([{ role: 'Deployer', name: 'A | ` -->', hash: 'ff', date: '1.' }]),
});

const seen = (checklist: Checklist) =>
  checklist.items.map(({ id, text, binding, parent, depth }) => ({ id, text, binding, parent, depth }));

/** The document with every box empty and nothing of ours in it. */
function bare(text: string): string {
  let checklist = parseChecklist(text);
  while (checklist.ownBlocks.length > 0) {
    checklist = parseChecklist(checklist.bom + withoutOwnBlocks(checklist.text, checklist.ownBlocks));
  }
  const characters = checklist.text.split('');
  for (const { boxOffset } of checklist.items) characters[boxOffset] = ' ';
  return checklist.bom + characters.join('');
}

const RUNS = { numRuns: 400 };

describe('whatever the document', () => {
  test('it is read, and each offset is that of a box', () => {
    fc.assert(
      fc.property(document, (text) => {
        const checklist = parseChecklist(text);
        expect(checklist.bom + checklist.text).toBe(text);
        expect(new Set(checklist.items.map(({ id }) => id)).size).toBe(checklist.items.length);
        for (const { boxOffset, ticked, id } of checklist.items) {
          expect(checklist.text.slice(boxOffset - 1, boxOffset + 2)).toMatch(
            ticked ? /^\[[xX]\]$/ : /^\[ \]$/,
          );
          expect(id).not.toMatch(/--|[<>\s]/);
        }
      }),
      RUNS,
    );
  });

  test('comments written into it touch nothing else, bind what was proposed, and are written once', () => {
    fc.assert(
      fc.property(document, (text) => {
        const before = parseChecklist(text);
        const proposals = proposeBindings(before, PROBES);
        const once = writeBindings(text, proposals);
        const after = parseChecklist(once.document);
        expect(after.items.map(({ id, text: words }) => [id, words])).toEqual(
          before.items.map(({ id, text: words }) => [id, words]),
        );
        for (const [index, { id, binding }] of before.items.entries()) {
          const now = after.items[index]?.binding;
          if (binding !== undefined) expect(now).toEqual(binding);
          else if (!once.unwritten.includes(id)) expect(now).toEqual(proposals[index]?.binding);
        }
        const again = writeBindings(once.document, proposeBindings(after, PROBES));
        expect(again.document).toBe(once.document);
      }),
      RUNS,
    );
  });

  test('rendering keeps items and bytes, a second time changes nothing, and evidence is never a task', () => {
    fc.assert(
      fc.property(
        document,
        fc.array(outcome, { minLength: 1, maxLength: 4 }),
        options,
        (text, given, how) => {
          const base = parseChecklist(bare(text));
          const outcomes = new Map(
            base.items.flatMap(({ id }, index): [string, Outcome][] => {
              const one = given[index % (given.length + 1)];
              return one ? [[id, one]] : [];
            }),
          );
          const rendered = renderChecklist(parseChecklist(text), outcomes, how);
          const read = parseChecklist(rendered.document);
          expect(seen(read)).toEqual(seen(base));
          expect(bare(rendered.document)).toBe(bare(text));
          expect(renderChecklist(read, outcomes, how).document).toBe(rendered.document);
          expect(parseChecklist(rendered.evidence).items).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  test('repairing what was mis-decoded never fails', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof repairMojibake(text) === 'string'));
  });
});
