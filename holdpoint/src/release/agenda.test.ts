import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Checklist, ChecklistItem } from '../checklist/model.ts';
import { parseChecklist } from '../checklist/parse.ts';
import { findProbe } from '../checks/catalog.ts';
import { agenda } from './agenda.ts';
import { DUE, FORWARD_PHASES, PHASES } from './phase-names.ts';

const read = (...path: readonly string[]): string =>
  readFileSync(join(import.meta.dirname, '..', '..', ...path), 'utf8');

const phaseIn = (checklist: Checklist, item: ChecklistItem): string | undefined =>
  [...agenda(checklist, DUE)].find(([, items]) => items.includes(item))?.[0];

/** The phase of a person's item, or of what a comment binds, under these headings. */
function phaseUnder(headings: readonly string[], comment = 'person role=reviewer'): string | undefined {
  const text = `${headings.map((heading, index) => `${'#'.repeat(index + 1)} ${heading}`).join('\n\n')}\n\n- [ ] It <!-- holdpoint: ${comment} -->\n`;
  const checklist = parseChecklist(text);
  const [item] = checklist.items;
  return item === undefined ? undefined : phaseIn(checklist, item);
}

describe('an item that a check proves is settled when that check is asked', () => {
  test.each([
    ['code.ci', 'readiness'],
    ['database.backup', 'backup'],
    ['backup.restore', 'backup'],
    ['backup.strategy', 'readiness'],
    ['verify.health', 'verify'],
    ['smoke.login', 'smoke'],
    ['watch.errors', 'watch'],
  ])('%s in %s, whatever the heading says', (check, phase) => {
    expect(phaseUnder(['Release', 'A day later (T+24 hours)'], check)).toBe(phase);
    expect(phaseUnder(['Release'], check)).toBe(phase);
  });
});

describe("a person's item is settled when the heading above it says", () => {
  test.each([
    [['Release', 'Before'], 'readiness'],
    [['Release', 'Announce (T-1 day)'], 'readiness'],
    [['Release', 'Deploy (T-0)'], 'readiness'],
    [['Release', 'Verify (T+15 min)'], 'verify'],
    [['Release', 'Smoke (T+30 min)'], 'smoke'],
    [['Release', 'Watch (T+1 hour)'], 'watch'],
    [['Release', 'Watch (T + 1 h)'], 'watch'],
    [['Release', 'Later (T+2 hours)'], 'signoff'],
    [['Release', 'Later (T+24 hours)'], 'follow-up'],
    [['Release', 'Later (T+1 week)'], 'follow-up'],
    [['Release (T+1 week)', 'Sooner (T+2 hours)'], 'signoff'],
    [['Release', 'Documentation'], 'follow-up'],
    [['Release', 'Retrospective'], 'follow-up'],
  ])('%j: %s', (headings, phase) => {
    expect(phaseUnder(headings)).toBe(phase);
  });
});

test('what is about the way back belongs to it, whatever it is bound to', () => {
  expect(phaseUnder(['Release', 'Rolling back', 'Verifying'])).toBe('rollback');
  expect(phaseUnder(['Release', 'Rollback plan (T+15 min)'], 'verify.health')).toBe('rollback');
});

test('an offset that is no offset at all does not break the plan', () => {
  expect(phaseUnder(['Release', 'T+99999999999999999999 weeks'])).toBe('follow-up');
  expect(phaseUnder(['Release', 'T-shirt sizes'])).toBe('readiness');
});

describe.each([
  ['the seed', read('test', 'fixtures', 'seed-checklist.md')],
  ["ToolBoxAI's own checklist", read('..', 'toolboxai', 'checklist.md')],
])('of %s', (_name, text) => {
  const checklist = parseChecklist(text);
  const byPhase = agenda(checklist, DUE);

  test('every item has exactly one phase, in the order of the document', () => {
    const all = [...byPhase.values()].flat();
    expect(all).toHaveLength(checklist.items.length);
    expect(new Set(all).size).toBe(checklist.items.length);
    for (const items of byPhase.values()) {
      const lines = items.map(({ line }) => line);
      expect(lines).toEqual([...lines].sort((one, other) => one - other));
    }
    for (const phase of byPhase.keys()) expect(PHASES).toContain(phase);
  });

  test('what is under the heading of the preparations is asked for before anything is changed', () => {
    const early = checklist.items.filter(({ section }) =>
      /^(pre-|before the )deployment/i.test(section[0] ?? ''),
    );
    expect(early.length).toBeGreaterThan(40);
    for (const item of early) expect(['readiness', 'backup']).toContain(phaseIn(checklist, item));
  });

  test('items about the way back hold no release up', () => {
    const forward = FORWARD_PHASES.flatMap((phase) => byPhase.get(phase) ?? []);
    for (const { section } of forward) expect(section.join(' / ')).not.toMatch(/roll(ing)?[ -]?back/i);
  });
});

test("each bound item of ToolBoxAI's checklist is in the phase of its check", () => {
  const checklist = parseChecklist(read('..', 'toolboxai', 'checklist.md'));
  const stages = {
    readiness: ['readiness', 'backup'],
    verification: ['verify'],
    smoke: ['smoke'],
    watch: ['watch'],
  };
  for (const item of checklist.items) {
    if (item.binding?.kind !== 'check') continue;
    const stage = findProbe(item.binding.check)?.stage;
    if (stage === undefined) throw new Error(`${item.binding.check} is in no catalogue`);
    expect([...stages[stage], 'rollback']).toContain(phaseIn(checklist, item));
  }
});
