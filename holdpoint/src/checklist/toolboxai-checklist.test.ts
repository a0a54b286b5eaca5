import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  AFTERWARDS,
  BEFORE_DEPLOYMENT,
  VERIFICATION_AND_MONITORING,
} from '../../test/fixtures/seed-bindings.ts';
import { COUNTERPARTS } from '../../test/fixtures/seed-counterparts.ts';
import { findProbe, PROBES } from '../checks/catalog.ts';
import { parseChecklist } from './parse.ts';
import { renderChecklist } from './render.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const document = read('../../../toolboxai/checklist.md');
const { items, problems, signOff, sections } = parseChecklist(document);
const seed = parseChecklist(read('../../test/fixtures/seed-checklist.md'));

const bound = new Set(
  items.flatMap(({ binding }) => (binding?.kind === 'check' ? [binding.check as string] : [])),
);

/** `images.size service=celery max=200MB` in the words of a system whose background service is called worker. */
function written(binding: string): string {
  return binding.replace('service=celery', 'service=worker');
}

describe("ToolBoxAI's own checklist", () => {
  test('binds each item to a probe that exists or to one of the three roles', () => {
    expect(problems).toEqual([]);
    for (const { text, binding } of items) {
      if (binding?.kind === 'person')
        expect(['deployer', 'reviewer', 'approver'], text).toContain(binding.role);
      else expect(binding && findProbe(binding.check), text).toBeDefined();
    }
  });

  test('uses every probe of the catalogue', () => {
    expect(PROBES.map(({ id }) => id as string).filter((id) => !bound.has(id))).toEqual([]);
  });

  test('has a counterpart for each box of the real checklist', () => {
    const comments = new Set(
      items.flatMap(({ binding }) => {
        if (binding?.kind !== 'check') return [];
        const options = Object.entries(binding.options).map(([name, value]) => ` ${name}=${value}`);
        return [binding.check + options.join('')];
      }),
    );
    const texts = new Set(items.filter(({ binding }) => binding?.kind === 'person').map(({ text }) => text));
    const missing = [...BEFORE_DEPLOYMENT, ...VERIFICATION_AND_MONITORING, ...AFTERWARDS].filter(
      ([line, , bindings]) => {
        const counterpart = COUNTERPARTS[line];
        if (counterpart !== undefined) return !texts.has(counterpart);
        return !bindings.split(' | ').some((binding) => comments.has(written(binding)) || bound.has(binding));
      },
    );
    expect(missing).toEqual([]);
    expect(new Set(Object.values(COUNTERPARTS)).size).toBe(Object.keys(COUNTERPARTS).length);
  });

  test('says it in its own words', () => {
    const theirs = new Set(seed.items.map(({ text }) => text.toLowerCase()));
    expect(items.filter(({ text }) => theirs.has(text.toLowerCase()))).toEqual([]);
  });

  test('has the eight sections, the five phases, the way back and the table to sign', () => {
    const names = sections.map((section) => section.at(-1) ?? '');
    expect(names.filter((name) => /^\d\. /.test(name))).toHaveLength(8);
    expect(names.filter((name) => /^Phase \d/.test(name))).toHaveLength(5);
    expect(names).toContain('Rolling back');
    expect(signOff.map(({ role }) => role)).toEqual(['Deployer', 'Reviewer', 'Approver']);
  });

  test('is clean UTF-8 and names no version', () => {
    expect(document).not.toMatch(/[Ãâð\ufffd]|\b\d+\.\d+\.\d+\b/);
  });

  test('has room for evidence under each item', () => {
    const outcomes = new Map(items.map(({ id }) => [id, { verdict: 'pass', summary: 'seen' } as const]));
    const { unplaced } = renderChecklist(parseChecklist(document), outcomes, { evidence: 'inline' });
    expect(unplaced).toEqual([]);
  });
});
