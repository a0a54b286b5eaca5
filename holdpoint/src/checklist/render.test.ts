import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Outcome } from './model.ts';
import { parseChecklist } from './parse.ts';
import { type RenderOptions, renderChecklist } from './render.ts';

const seed = readFileSync(new URL('../../test/fixtures/seed-checklist.md', import.meta.url), 'utf8');

const INLINE: RenderOptions = { evidence: 'inline', status: 'done' };
const BESIDE: RenderOptions = { evidence: 'beside', status: 'done' };
const STATUS = '<!-- holdpoint:status --><p><strong>Status:</strong> done</p><!-- /holdpoint:status -->';

const pass: Outcome = { verdict: 'pass', summary: 'seen' };

function outcomes(record: Readonly<Record<string, Outcome>>): ReadonlyMap<string, Outcome> {
  return new Map(Object.entries(record));
}

function allOf(document: string, outcome: Outcome): ReadonlyMap<string, Outcome> {
  return new Map(parseChecklist(document).items.map(({ id }) => [id, outcome]));
}

describe('ticks', () => {
  test.each([
    ['pass', 'x'],
    ['attested', 'x'],
    ['fail', ' '],
    ['error', ' '],
    ['inconclusive', ' '],
    ['waived', ' '],
    ['not-applicable', ' '],
  ] as const)('%s gives [%s]', (verdict, box) => {
    const { document } = renderChecklist(
      parseChecklist('- [ ] a\n'),
      outcomes({ a: { verdict, summary: 's' } }),
      BESIDE,
    );
    expect(document).toBe(`- [${box}] a\n${STATUS}\n`.replace('\n\n', '\n'));
  });

  test('set by hand without evidence are taken away and named', () => {
    const { document, unticked } = renderChecklist(
      parseChecklist('- [X] a\n- [x] b\n'),
      outcomes({ b: pass }),
      BESIDE,
    );
    expect(document).toBe(`- [ ] a\n- [x] b\n${STATUS}\n`);
    expect(unticked).toEqual(['a']);
  });

  test('keep the capital letter of a tick that was earned', () => {
    expect(renderChecklist(parseChecklist('- [X] a'), outcomes({ a: pass }), BESIDE).document).toContain(
      '- [X] a',
    );
  });
});

describe('evidence inline', () => {
  test("stands under its item as the item's own content, with the document's line ending", () => {
    const document = '- [ ] a\r\n  - [ ] b <!-- holdpoint: code.ci -->\r\n\r\n> 1. [ ] c\r\n';
    const rendered = renderChecklist(parseChecklist(document), allOf(document, pass), INLINE).document;
    const block = (id: string) =>
      `<!-- holdpoint:evidence ${id} --><details><summary>pass: seen</summary></details><!-- /holdpoint:evidence -->`;
    expect(rendered.split('\r\n')).toEqual([
      '- [x] a',
      `  ${block('a')}`,
      '  - [x] b <!-- holdpoint: code.ci -->',
      `    ${block('b')}`,
      '',
      '> 1. [x] c',
      `>    ${block('c')}`,
      STATUS,
      '',
    ]);
  });

  test('stands after a comment that lies under the item', () => {
    const document = '- [ ] a\n  <!-- holdpoint: code.ci -->\n';
    const lines = renderChecklist(parseChecklist(document), outcomes({ a: pass }), INLINE).document.split(
      '\n',
    );
    expect(lines[1]).toContain('code.ci');
    expect(lines[2]).toContain('holdpoint:evidence a');
  });

  test('tells all that is known', () => {
    const outcome: Outcome = {
      verdict: 'fail',
      summary: 'too big',
      details: ['first\nsecond'],
      expected: '200 MB',
      measured: '210 MB',
      next: 'Shrink it.',
      by: 'Ada',
      at: '10:00',
      hash: '0123456789abcdef',
    };
    const { document } = renderChecklist(parseChecklist('- [ ] a'), outcomes({ a: outcome }), INLINE);
    expect(document).toContain(
      '<summary>fail: too big</summary><ul><li>first</li><li>second</li><li>expected: 200 MB</li>' +
        '<li>measured: 210 MB</li><li>next: Shrink it.</li><li>by: Ada</li><li>at: 10:00</li><li>hash: 0123456789ab</li></ul>',
    );
  });

  test.each([
    '- [ ] x',
    '-->',
    '```',
    '</details>',
    'a\r- [ ] b',
    '<!-- holdpoint: code.ci -->',
    '\u2028- [ ] c',
    '\ud800',
  ])('cannot be broken out of: %j', (hostile) => {
    const document = '- [ ] a\n- [ ] b\n';
    const outcome: Outcome = { verdict: 'pass', summary: hostile, details: [hostile], by: hostile };
    const {
      document: rendered,
      evidence,
      unplaced,
    } = renderChecklist(parseChecklist(document), allOf(document, outcome), {
      evidence: 'inline',
      status: hostile,
    });
    expect(unplaced).toEqual([]);
    const { items, problems } = parseChecklist(rendered);
    expect(items.map(({ text, binding }) => [text, binding])).toEqual([
      ['a', undefined],
      ['b', undefined],
    ]);
    expect(problems).toEqual([]);
    expect(rendered.split('\n')).toHaveLength(6);
    expect(parseChecklist(evidence).items).toEqual([]);
  });

  test('is left out, and said to be, where the Markdown has no room for it', () => {
    const document = `[^${'long'.repeat(9)}]: - [ ] a\n\nx[^${'long'.repeat(9)}]\n`;
    const {
      unplaced,
      evidence,
      document: rendered,
    } = renderChecklist(parseChecklist(document), outcomes({ a: pass }), INLINE);
    expect(unplaced).toEqual(['a']);
    expect(evidence).toContain('seen');
    expect(rendered).toContain('- [x] a');
  });
});

describe('the real checklist', () => {
  const filled = renderChecklist(parseChecklist(seed), allOf(seed, pass), INLINE);

  test('has all its items after it was filled in, and evidence under each', () => {
    const { items, ownBlocks } = parseChecklist(filled.document);
    expect(items.map(({ id }) => id)).toEqual(parseChecklist(seed).items.map(({ id }) => id));
    expect(items.every(({ ticked }) => ticked)).toBe(true);
    expect(ownBlocks).toHaveLength(106);
    expect(filled.unplaced).toEqual([]);
  });

  test('filled in twice is the same; emptied again it is the original', () => {
    const again = parseChecklist(filled.document);
    expect(renderChecklist(again, allOf(seed, pass), INLINE).document).toBe(filled.document);
    const lines = renderChecklist(again, new Map(), BESIDE).document.split('\n');
    expect(lines.filter((line) => line !== STATUS).join('\n')).toBe(seed);
  });

  test('is signed in its table, replaced by a later signature', () => {
    const sign = (document: string, name: string) =>
      renderChecklist(parseChecklist(document), new Map(), {
        ...BESIDE,
        signOffs: [{ role: 'approver', name, hash: 'ab'.repeat(32), date: '2030-01-02' }],
      }).document;
    const signed = sign(seed, 'Grace | Hopper');
    expect(signed).toContain(
      '| Approver | <!-- holdpoint:signed -->Grace &#124; Hopper <!-- /holdpoint:signed -->| ' +
        '<!-- holdpoint:signed -->abababababab <!-- /holdpoint:signed -->| <!-- holdpoint:signed -->2030-01-02 <!-- /holdpoint:signed -->|',
    );
    expect(signed).toContain('| Reviewer | | | |');
    expect(sign(signed, 'Ada')).toBe(sign(seed, 'Ada'));
  });
});

test('evidence beside is a document of its own, in sections, without tasks', () => {
  const document = '# T\n## One\n- [ ] a\n## Two\n- [ ] b\n';
  const { evidence, document: ticked } = renderChecklist(
    parseChecklist(document),
    allOf(document, pass),
    BESIDE,
  );
  expect(ticked).toBe(`# T\n## One\n- [x] a\n## Two\n- [x] b\n${STATUS}\n`);
  expect(evidence).toBe(
    '# Evidence\n\n## One\n\n- **a** (line 3, `one/a`)\n  - pass: seen\n\n## Two\n\n- **b** (line 5, `two/b`)\n  - pass: seen\n',
  );
});

test('evidence brings no tag of its own into the page', () => {
  const hostile = '<script>alert("[ ]")</script> & `x`';
  const outcome: Outcome = { verdict: 'pass', summary: hostile };
  const { document, evidence } = renderChecklist(parseChecklist('- [ ] a'), outcomes({ a: outcome }), INLINE);
  expect(document).toContain(
    'pass: &#60;script&#62;alert(&#34;&#91; &#93;&#34;)&#60;/script&#62; &#38; &#96;x&#96;</summary>',
  );
  expect(evidence).not.toMatch(/<script|`x/);
});

test('a block that was changed by hand is a problem, not thrown away', () => {
  const document = '- [ ] a\n  <!-- holdpoint:evidence a --> my own words\n';
  const { problems, ownBlocks } = parseChecklist(document);
  expect(ownBlocks).toEqual([]);
  expect(problems).toEqual([
    { line: 2, column: 3, message: 'a block that Holdpoint wrote was changed; remove it by hand' },
  ]);
});
