import fc from 'fast-check';
import type { Link, Root, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { expect, test } from 'vitest';
import type { EventBody } from '../release/events.ts';
import { fold } from '../release/fold.ts';
import { story } from './post-mortem/story.fixture.ts';
import { needsPostMortem, postMortem } from './post-mortem.ts';
import { logOf, opened, settled, stateAfter } from './run.fixture.ts';

function draft(...bodies: readonly EventBody[]): string {
  const events = logOf([opened(), ...bodies]);
  return postMortem(fold(events), events);
}

const sectionOf = (document: string, title: string): readonly string[] =>
  (document.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '').split('\n').filter((line) => line !== '');

test('tells what was released, what went wrong in the words of the evidence, and how it ended', () => {
  const [title, , , , summary] = draft(...story('orders cannot be made')).split('\n');
  expect(title).toBe('# Post-mortem: ToolBoxAI 2.0.0 in production');
  expect(summary).toBe(
    'At 2026-03-01 20:00:00 UTC Ada began to release ToolBoxAI 2.0.0 to production in the place of 1.9.0. ' +
      'Its first replica was in traffic at 2026-03-01 20:00:13 UTC. What went wrong: orders cannot be made. ' +
      'Grace decided to go back (high) at 2026-03-01 20:00:20 UTC; 1.9.0 served alone 17 s after the decision. ' +
      'It ended as rolled-back at 2026-03-01 20:00:42 UTC. Requests at the edge: 12,345 seen, 67 lost.',
  );
});

test('every section holds what the log holds, to the second and to the row', () => {
  const document = draft(...story('orders cannot be made'));
  expect(sectionOf(document, 'Facts').slice(2)).toEqual([
    '| system | ToolBoxAI |',
    '| environment | production |',
    '| new version | 2.0.0 (bbbbbbbbbbbb) |',
    '| version before | 1.9.0 (aaaaaaaaaaaa) |',
    '| run | run-1 |',
    '| started by | Ada |',
    '| opened | 2026-03-01 20:00:00 UTC |',
    '| T | 2026-03-01 20:00:12 UTC |',
    '| severity | high |',
    '| decided by | Grace |',
    '| proposed | 2026-03-01 20:00:19 UTC (high) |',
    '| outcome | rolled-back |',
    '| closed | 2026-03-01 20:00:42 UTC |',
    '| resumed | never |',
    '| Holdpoint | 0.1.0 |',
  ]);
  expect(sectionOf(document, 'Timeline').slice(2)).toEqual(
    [
      '00.000 | T−12 s | opened by Ada',
      '01.000 | T−11 s | Rehearse begins',
      '02.000 | T−10 s | the way back needs the database: the system stops, the backup is restored, and what was written since is lost',
      '04.000 | T−8.0 s | go forward and back on a restored copy, 41 s: orders cannot be made',
      '06.000 | T−6.0 s | Edsger accepts this way back: orders cannot be made',
      '07.000 | T−5.0 s | Rehearse ends with attested: orders cannot be made',
      '09.000 | T−3.0 s | migrate 0004, 1.4 s: the schema went from 0003 to 0004',
      '10.000 | T−2.0 s | Deploy begins',
      '12.000 | T | T: the first effect of the deployment',
      '13.000 | T+1.0 s | first new replica in traffic: route backend-1 of 2.0.0',
      '16.000 | T+4.0 s | Deploy ends with pass: orders cannot be made',
      '17.000 | T+5.0 s | seen by the watch: backend-1 restarted',
      '17.000 | T+5.0 s | first sign of trouble: backend-1 restarted',
      '18.000 | T+6.0 s | smoke.crud fail: orders cannot be made',
      '19.000 | T+7.0 s | going back proposed (high), by itself at 2026-03-01 20:15:00 UTC: orders cannot be made',
      '20.000 | T+8.0 s | decision to go back (high), by Grace: orders cannot be made',
      '21.000 | T+9.0 s | Roll back begins',
      '22.000 | T+10 s | loss by a restore counted: 12 rows, still serving',
      '24.000 | T+12 s | lay the backup beside the data, 2.6 s: orders cannot be made',
      '27.000 | T+15 s | out of service: the halt takes the first replica out of traffic',
      '30.000 | T+18 s | loss by a restore counted: 12 rows',
      '31.000 | T+19 s | Grace accepts the loss: orders cannot be made',
      '32.000 | T+20 s | failed: put the restored data in its place: orders cannot be made',
      '37.000 | T+25 s | in service again: the first replica is in traffic',
      '37.000 | T+25 s | 1.9.0 in traffic again: its first replica',
      '37.000 | T+25 s | 1.9.0 alone: the last step back is done',
      '39.000 | T+27 s | Roll back ends with pass: orders cannot be made',
      '41.000 | T+29 s | people told (rolled-back): pass, orders cannot be made',
      '42.000 | T+30 s | closed as rolled-back: orders cannot be made',
    ].map((line) => `| 2026-03-01 20:00:${line} |`),
  );
  expect(sectionOf(document, 'Times').slice(2)).toEqual([
    '| to detection: first new replica in traffic → decision | 7.0 s |',
    '| first sign of trouble → decision | 3.0 s |',
    '| proposal → decision | 1.0 s |',
    '| decision → 1.9.0 alone | 17 s |',
    '| decision → 1.9.0 alone, verified | 18 s |',
    '| first new replica in traffic → 1.9.0 alone | 24 s |',
    '| T → closed | 30 s |',
    '| total: opened → closed | 42 s |',
    '| out of service: first replica out of traffic for the halt → first replica back | 10 s |',
  ]);
  expect(sectionOf(document, 'Impact')).toEqual([
    '- Requests at the edge since the watch began: 12,345 seen, 67 lost',
    '- Requests to the new version, by the watch: 70 in 1 look, 3 failed, 4 too slow',
    '- Seen by the watch: backend-1 restarted',
    '- Decision of the watch: none',
    '- Out of service: 10 s',
    '- Rows given up: 12 rows in 1 tables were written in the 34 s since the backup (backup-1)',
    '- Accepted beforehand: a loss of up to 10 min, by Edsger: orders cannot be made',
    '- Accepted when it was counted: by Grace: orders cannot be made',
    '| table | inserted | updated | deleted |',
    '| --- | --- | --- | --- |',
    '| app.public.orders | 9 | 2 | 1 |',
  ]);
  expect(sectionOf(document, 'Way back')).toEqual([
    'Before: the way back needs the database: the system stops, the backup is restored, and what was written since is lost.',
    '- orders cannot be made',
    '- Backup: backup-1',
    '- Accepted by Edsger: orders cannot be made',
    'Rehearsal: done, 41 s: orders cannot be made',
    '- orders cannot be made',
    '- Measured: 1.2 s, 3 locks',
    '- orders cannot be made',
    'Needed: yes, and the database was brought back too.',
    '- Steps that replaced replicas: 3 of 3 done, 2.5 s together',
    '| step | time | end |',
    '| --- | --- | --- |',
    '| migrate 0004 | 1.4 s | done: the schema went from 0003 to 0004 |',
    '| lay the backup beside the data | 2.6 s | done: orders cannot be made |',
    '| put the restored data in its place | 800 ms | done: orders cannot be made |',
  ]);
  expect(sectionOf(document, 'What the log kept')).toEqual([
    '### Failed steps',
    '**put the restored data in its place** failed at 2026-03-01 20:00:32.000 after 300 ms (event 33; done later)',
    '- command-failed: orders cannot be made',
    '- Next: orders cannot be made',
    ...['```text', 'orders cannot be made', '```'],
    '### Failed checks and journeys',
    '**smoke.crud** fail at 2026-03-01 20:00:18.000 (event 19)',
    '- orders cannot be made',
    '- Expected: 201',
    '- Measured: 500',
    '- fail: make, 220 ms: orders cannot be made',
    ...['```text', 'orders cannot be made', '```'],
    '### Went ahead under a waiver',
    'None in the log.',
    '### Last lines of what was taken away on the way back',
    '**drain backend-1 of 2.0.0** (event 30): orders cannot be made',
    ...['```text', 'orders cannot be made', 'orders cannot be made', '```'],
  ]);
});

test('leaves to people what only people can say, and ends with the hash that proves the rest', () => {
  const events = logOf([opened(), ...story('x')]);
  const document = postMortem(fold(events), events);
  expect(sectionOf(document, 'What is left to people')).toEqual([
    '### Root cause',
    '*to be written*',
    '### Contributing factors',
    '*to be written*',
    '### What went well',
    '*to be written*',
    '### Actions',
    '| action | owner | date |',
    '| --- | --- | --- |',
    '|  |  |  |',
  ]);
  expect(document.trimEnd().split('\n').slice(-2)).toEqual([
    `holdpoint verify --run run-1 --expect ${events.at(-1)?.hash}`,
    '```',
  ]);
});

test('says not measured where the log holds no number, and does not halt what was not halted', () => {
  const document = draft(
    { type: 'rollback.decided', severity: 'critical', reason: 'errors', by: 'holdpoint' },
    { type: 'run.closed', outcome: 'failed', summary: 'there is no version to go back to' },
  );
  expect(sectionOf(document, 'Times').slice(2)).toEqual([
    '| to detection: first new replica in traffic → decision | not measured |',
    '| first sign of trouble → decision | 0 ms |',
    '| decision → 1.9.0 alone | not measured |',
    '| decision → 1.9.0 alone, verified | not measured |',
    '| first new replica in traffic → 1.9.0 alone | not measured |',
    '| T → closed | not measured |',
    '| total: opened → closed | 2.0 s |',
    '| out of service: first replica out of traffic for the halt → first replica back | the system was not halted |',
  ]);
  expect(sectionOf(document, 'Impact').slice(0, 2)).toEqual([
    '- Requests at the edge since the watch began: not measured',
    '- Requests to the new version, by the watch: not measured',
  ]);
});

test('is for a run that went back or failed, and for no other', () => {
  const closed = (outcome: 'failed' | 'promoted' | 'abandoned'): EventBody => ({
    type: 'run.closed',
    outcome,
    summary: '',
  });
  expect(needsPostMortem(stateAfter())).toBe(false);
  expect(needsPostMortem(stateAfter(closed('promoted')))).toBe(false);
  expect(needsPostMortem(stateAfter(closed('failed')))).toBe(true);
  const decided: EventBody = { type: 'rollback.decided', severity: 'high', reason: '', by: '' };
  expect(needsPostMortem(stateAfter(decided))).toBe(true);
});

test('what a person answered for before the deployment is a waiver, and no sign of trouble', () => {
  const [deploying] = story('x').filter(({ type }) => type === 'plan.made');
  const document = draft(
    settled('code.ci', { verdict: 'inconclusive', summary: 'nothing to read' }),
    settled('code.scan', { verdict: 'error', summary: 'no scanner' }),
    { type: 'item.waived', check: 'code.ci', by: { name: 'Linus' }, reason: 'known', until: '2026-04-01' },
    { type: 'item.waived', check: 'code.scan', by: { name: 'Linus' }, reason: 'known', until: '2026-04-01' },
    ...(deploying === undefined ? [] : [deploying]),
    { type: 'step.intended', phase: 'deploy', step: 'a', title: 'a', fence: 1 },
    settled('code.ci', { verdict: 'fail', summary: 'one failed' }),
    { type: 'rollback.decided', severity: 'high', reason: 'one failed', by: 'holdpoint' },
  );
  const times = sectionOf(document, 'Timeline').join('\n');
  expect(times).not.toContain('no scanner');
  expect(times).toContain('first sign of trouble: code.ci fail: one failed');
  expect(sectionOf(document, 'What the log kept')).toContain(
    '- code.scan, by Linus at 2026-03-01 20:00:04.000 until 2026-04-01: known; found error: no scanner',
  );
});

const parse = (document: string): Root =>
  fromMarkdown(document, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });

/** The kinds of blocks, with the words of the headings and the size of the tables. */
const skeletonOf = (root: Root): readonly string[] =>
  root.children.map((node) => {
    if (node.type === 'heading') return `${node.depth} ${typesIn(node).length}`;
    if (node.type === 'table') return `table ${node.children.map(({ children }) => children.length).join()}`;
    if (node.type === 'list') return `list ${node.children.length}`;
    return node.type;
  });

const typesIn = (node: Root | RootContent): readonly string[] => [
  node.type,
  ...('children' in node ? node.children.flatMap((child) => typesIn(child)) : []),
];

const linksIn = (node: Root | RootContent): readonly Link[] => [
  ...(node.type === 'link' ? [node] : []),
  ...('children' in node ? node.children.flatMap((child) => linksIn(child)) : []),
];

const HOSTILE = [
  '```\n# Owned\n```',
  '~~~\n</details><script>alert(1)</script>',
  '| a | b |\n| - | - |\n| c | d |',
  '![x](http://evil.example/x.png) [y](javascript:alert(1)) www.evil.example a@evil.example',
  '<!-- holdpoint:code.ci --><b>',
  '- [x] done\n1. one\n> quoted\n***\n===',
  '\u001b[31mred\u001b[0m\u0000\u0007\u202egnp.exe\u2028\ud800\r\nend',
  '1. first',
  '+ first',
  '',
  ' ',
  '[^1]: note\n[a]: http://evil.example',
  'password=hunter2hunter2 postgres://u:hunter2hunter2@host/db',
  `${'`'.repeat(40)}\n${'|'.repeat(10_240)}`,
  'x'.repeat(10_240),
  `${'<'.repeat(5_000)}\n`.repeat(2),
];
const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .array(fc.constantFrom(...'`~|<>[]()!*_#-+=\\\n\r\t&;:/1.x \u001b'), { maxLength: 300 })
    .map((all) => all.join('')),
);

test('no text from outside breaks the document, leads elsewhere than it says, or shows a secret', () => {
  const bound = draft(...story('x'.repeat(10_240))).length;
  const harmless = skeletonOf(parse(draft(...story('x'))));
  fc.assert(
    fc.property(hostile, (line) => {
      const text = line.toWellFormed();
      const document = draft(...story(text));
      const root = parse(document);
      expect(skeletonOf(root)).toEqual(harmless);
      const types = new Set(typesIn(root));
      for (const type of ['html', 'image', 'definition', 'footnoteDefinition', 'blockquote', 'delete']) {
        expect(types.has(type), type).toBe(false);
      }
      for (const { url, children } of linksIn(root)) {
        const [said] = children;
        expect(url.endsWith(said?.type === 'text' ? said.value : '?')).toBe(true);
      }
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
      expect(document).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
      expect(document).not.toContain('hunter2');
      expect(document.length).toBeLessThan(8 * bound);
    }),
    { examples: HOSTILE.map((line) => [line]), numRuns: 40 },
  );
});
