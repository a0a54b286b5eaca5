import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PARAPHRASES, PEOPLE_ONLY } from '../../test/fixtures/paraphrases.ts';
import {
  AFTERWARDS,
  BEFORE_DEPLOYMENT,
  type Expected,
  VERIFICATION_AND_MONITORING,
} from '../../test/fixtures/seed-bindings.ts';
import { PROBES } from '../checks/catalog.ts';
import { type Proposal, proposeBindings } from './bind.ts';
import { parseChecklist } from './parse.ts';

const seed = readFileSync(new URL('../../test/fixtures/seed-checklist.md', import.meta.url), 'utf8');

function written({ binding }: Proposal): string {
  if (binding.kind === 'person') return 'person';
  const options = Object.entries(binding.options).map(([name, value]) => ` ${name}=${value}`);
  return binding.check + options.join('');
}

const proposed = (document: string) => proposeBindings(parseChecklist(document), PROBES);

function compare(name: string, expected: readonly Expected[]): { rate: number; wrong: string[] } {
  const byLine = new Map(proposed(seed).map((proposal) => [proposal.line, proposal]));
  const wrong = expected.flatMap(([line, text, binding]) => {
    const proposal = byLine.get(line);
    expect(proposal?.text).toBe(text);
    const found = proposal ? written(proposal) : 'nothing';
    return binding.split(' | ').includes(found) ? [] : [`line ${line}: ${text}: ${found}, not ${binding}`];
  });
  const rate = 1 - wrong.length / expected.length;
  console.log(
    `${name}: ${expected.length - wrong.length} of ${expected.length} right (${(rate * 100).toFixed(1)} %)`,
  );
  return { rate, wrong };
}

function oneItem(section: string, text: string): string {
  const [proposal] = proposed(`${section === '' ? '' : `## ${section}\n\n`}- [ ] ${text}\n`);
  return proposal ? written(proposal) : 'nothing';
}

describe('the real checklist', () => {
  test('binds at least 90 % of the boxes before the deployment, and none of them wrongly', () => {
    const { rate, wrong } = compare('before the deployment', BEFORE_DEPLOYMENT);
    expect(rate, wrong.join('\n')).toBeGreaterThanOrEqual(0.9);
    expect(wrong.filter((line) => !line.includes(': person, not'))).toEqual([]);
  });

  test('binds verification and monitoring to the probes of those phases', () => {
    expect(compare('verification and monitoring', VERIFICATION_AND_MONITORING).wrong).toEqual([]);
  });

  test('leaves to people what only they can see afterwards', () => {
    expect(compare('afterwards', AFTERWARDS).wrong).toEqual([]);
  });

  test('has an expectation for each of its boxes', () => {
    const lines = [...BEFORE_DEPLOYMENT, ...VERIFICATION_AND_MONITORING, ...AFTERWARDS].map(([line]) => line);
    expect(parseChecklist(seed).items.map(({ line }) => line)).toEqual(lines);
  });
});

describe("other teams' checklists", () => {
  test('are bound rightly or to a person, never wrongly', () => {
    const found = PARAPHRASES.map(([section, text, binding]) => ({
      text,
      binding,
      got: oneItem(section, text),
    }));
    const right = found.filter(({ binding, got }) => got === binding).length;
    console.log(`paraphrased items: ${right} of ${found.length} right, the rest to a person`);
    expect(found.filter(({ binding, got }) => got !== binding && got !== 'person')).toEqual([]);
    expect(right / found.length).toBeGreaterThan(0.85);
  });

  test.each(PEOPLE_ONLY)('%s: "%s" goes to a person', (section, text) => {
    expect(oneItem(section, text)).toBe('person');
  });
});

describe('binding', () => {
  test('tells the same words apart by their section, and gives up without one', () => {
    expect(oneItem('Infrastructure', 'Network policies applied')).toBe('infrastructure.network');
    expect(oneItem('Security', 'Network policies applied')).toBe('security.network');
    expect(oneItem('', 'Network policies applied')).toBe('person');
  });

  test('keeps what a comment says, however unlikely', () => {
    const [proposal] = proposed('- [ ] Buy cake <!-- holdpoint: code.tag -->\n');
    expect(proposal).toMatchObject({ binding: { check: 'code.tag' }, confidence: 1, source: 'comment' });
  });

  test('refuses a probe whose limit points the other way', () => {
    expect(oneItem('', 'CPU usage < 70%')).toBe('watch.cpu max=70%');
    expect(oneItem('', 'CPU usage > 70%')).toBe('person');
  });

  test('makes a parent stand for its children only when all are the same check', () => {
    const all = proposed('- [ ] Image sizes verified:\n  - [ ] Backend < 1GiB\n  - [ ] Mailer < 20 MB\n');
    expect(all.map(written)).toEqual([
      'images.size of=children',
      'images.size service=backend max=1GiB',
      'images.size service=mailer max=20MB',
    ]);
    const mixed = proposed('- [ ] Image sizes verified:\n  - [ ] Backend < 1GiB\n  - [ ] Buy cake\n');
    expect(mixed.map(written)[0]).toBe('images.size');
  });

  test('names the role that an item asks for', () => {
    const roles = proposed('- [ ] Product owner approves\n- [ ] Copy reviewed\n- [ ] Cake bought\n').map(
      ({ binding }) => binding.kind === 'person' && binding.role,
    );
    expect(roles).toEqual(['approver', 'reviewer', 'deployer']);
  });
});
