import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../kernel/canonical.ts';
import { parseChecklist } from './parse.ts';

const seed = readFileSync(new URL('../../test/fixtures/seed-checklist.md', import.meta.url), 'utf8');

const texts = (document: string) => parseChecklist(document).items.map(({ text }) => text);

describe('the real checklist', () => {
  test('is the one that was handed over, byte for byte', () => {
    expect(sha256(seed)).toBe('daac9373a87b30f358a8d38648b0367d004aed9cced4cc991022f147c330efaf');
  });

  test('has 105 boxes, each at its offset', () => {
    const { text, items, problems } = parseChecklist(seed);
    expect(items).toHaveLength(105);
    expect(problems).toEqual([]);
    for (const { boxOffset } of items) expect(text.slice(boxOffset - 1, boxOffset + 2)).toBe('[ ]');
  });

  test('shows its headings as they were before they were mis-decoded', () => {
    expect(parseChecklist(seed).sections).toContainEqual([
      'Pre-Deployment Checklist',
      '8. Backup & Recovery 💾',
    ]);
  });

  test('has a sign-off table of three roles', () => {
    expect(parseChecklist(seed).signOff.map(({ role }) => role)).toEqual([
      'Deployer',
      'Reviewer',
      'Approver',
    ]);
  });
});

describe('items', () => {
  test('are boxes with words, in lists of any kind and depth', () => {
    const document = '- [ ] one\n  1. [x] two\n     * [X] three\n> + [ ] four\n\n- - [ ] five\n';
    const { items } = parseChecklist(document);
    expect(items.map(({ text, ticked, depth }) => [text, ticked, depth])).toEqual([
      ['one', false, 0],
      ['two', true, 1],
      ['three', true, 2],
      ['four', false, 0],
      ['five', false, 1],
    ]);
    expect(items.map(({ parent }) => parent)).toEqual([undefined, 'one', 'two', undefined, undefined]);
  });

  test.each([
    ['a bare box', '- [ ]\n- [ ] \n'],
    ['a box in a fence', '```\n- [ ] no\n```\n'],
    ['a box in an indented block', 'x\n\n    - [ ] no\n'],
    ['a box in a comment', '<!--\n- [ ] no\n-->\n'],
    ['a box in the middle', '- no [ ] no\n'],
    ['a box in a table', '| a |\n|---|\n| [ ] no |\n'],
    ['an escaped box', '- \\[ ] no\n'],
    ['a definition', '- [x]: no\n'],
    ['a box with a line break in it', '- [\n] no\n'],
  ])('are not %s', (_, document) => {
    expect(texts(document)).toEqual([]);
  });

  test.each([
    ['- [ ] **bold** first\n', 3],
    ['-   [ ] spaced\n', 5],
    ['12) [ ] ordered\n', 5],
    ['-\n  [ ] on the next line\n', 5],
    ['- [ ]\n  words on the next line\n', 3],
    ['> - [ ]\tafter a tab\n', 5],
  ])('have the offset of their box: %j', (document, offset) => {
    expect(parseChecklist(document).items.map(({ boxOffset }) => boxOffset)).toEqual([offset]);
  });

  test('keep offsets behind byte order marks and CRLF', () => {
    const { text, bom, eol, items } = parseChecklist('\ufeff\ufeff# A\r\n\r\n- [ ] b\r\n');
    expect([bom, eol, items[0]?.line]).toEqual(['\ufeff\ufeff', '\r\n', 3]);
    expect(text.slice(items[0]?.boxOffset).startsWith(' ] b')).toBe(true);
  });

  test('have ids of headings and words, told apart by a number', () => {
    const document =
      '# T\n## 1. Code\n- [ ] Done!\n- [ ] done\n- [ ] done 2\n## 2. Größe\n- [ ] Done\n- [ ] ✓\n';
    expect(parseChecklist(document).items.map(({ id }) => id)).toEqual([
      'code/done',
      'code/done-2',
      'code/done-2-2',
      'große/done'.normalize('NFKD').replace(/\p{M}/gu, ''),
      'große/item'.normalize('NFKD').replace(/\p{M}/gu, ''),
    ]);
  });

  test('keep their ids when sections are renumbered or items added', () => {
    const ids = (document: string) => parseChecklist(document).items.map(({ id }) => id);
    expect(ids('## 2. Code\n- [ ] new\n- [ ] old\n')).toContain(ids('## 1. Code\n- [ ] old\n')[0]);
  });
});

describe('comments', () => {
  test('bind the item before them, in its line, under it or after its list', () => {
    const document = [
      '- [ ] a <!-- holdpoint: images.size max=200MB service=backend -->',
      '- [ ] b',
      '  <!-- holdpoint: person role=reviewer -->',
      '- [ ] c',
      '<!-- holdpoint: code.tag note="two words" -->',
    ].join('\n');
    expect(parseChecklist(document).items.map(({ binding }) => binding)).toEqual([
      { kind: 'check', check: 'images.size', options: { max: '200MB', service: 'backend' } },
      { kind: 'person', role: 'reviewer', options: {} },
      { kind: 'check', check: 'code.tag', options: { note: 'two words' } },
    ]);
  });

  test.each([
    ['- [ ] a <!-- holdpoint: code.tag max -->', "'max' is not written as name=value"],
    ['- [ ] a <!-- holdpoint: code.tag a=1 a=2 -->', "'a' is given twice"],
    ['- [ ] a <!-- holdpoint: -->', 'the comment names neither a check nor a person'],
    ['- [ ] a <!-- holdpoint: Code_Tag -->', "'Code_Tag' is not the name of a check"],
    ['<!-- holdpoint: code.tag -->', 'this comment follows no item, so it binds nothing'],
    [
      '- [ ] a <!-- holdpoint: code.tag --><!-- holdpoint: code.ci -->',
      "'a' is bound already; the first comment counts",
    ],
  ])('that are wrong are named with their place: %s', (document, message) => {
    const { problems } = parseChecklist(`\n${document}\n`);
    expect(problems.map((problem) => [problem.line, problem.message])).toEqual([[2, message]]);
  });
});

test('a document nested absurdly deep is refused with its line, not with a stack overflow', () => {
  expect(() => parseChecklist(`ok\n${'>'.repeat(5000)} a`)).toThrow('line 2 nests more than 200');
});
