import { describe, expect, test } from 'vitest';
import { parseChecklist } from '../checklist/parse.ts';
import type { EventBody } from '../release/events.ts';
import { outcomesOf } from './outcomes.ts';
import { CHECKLIST, settled, stateAfter } from './run.fixture.ts';

const parsed = parseChecklist(CHECKLIST);
const TOLD = 'before/team-was-told';

const outcome = (id: string, ...bodies: readonly EventBody[]) =>
  [...outcomesOf(stateAfter(...bodies), parsed)].find(([item]) => item === id)?.[1];

describe('outcomes of a checklist', () => {
  test('every item has one from the first event on, and none of them passes', () => {
    const outcomes = outcomesOf(stateAfter(), parsed);
    expect([...outcomes.keys()]).toEqual(parsed.items.map(({ id }) => id));
    expect(new Set([...outcomes.values()].map(({ verdict }) => verdict))).toEqual(new Set(['inconclusive']));
  });

  test('a check speaks for its item, with the time and hash of the event', () => {
    const state = stateAfter(
      settled('code.ci', { verdict: 'pass', summary: '12 tests passed', measured: '12' }),
    );
    expect(outcomesOf(state, parsed).get(parsed.items[0]?.id ?? ('' as never))).toEqual({
      verdict: 'pass',
      summary: '12 tests passed',
      measured: '12',
      by: 'code.ci',
      at: '2026-03-01 20:00:01 UTC',
      hash: state.head.hash,
    });
  });

  test('a waiver is told with who gave it and what was found', () => {
    const waived = outcome(
      'before/all-tests-pass',
      settled('code.ci', { verdict: 'inconclusive', summary: 'no report' }),
      {
        type: 'item.waived',
        check: 'code.ci',
        by: { name: 'Linus', demo: true },
        reason: 'known',
        until: '2026-04-01',
      },
    );
    expect(waived).toMatchObject({
      verdict: 'waived',
      summary: 'by Linus (demo person) until 2026-04-01: known',
      details: ['found: inconclusive, no report'],
      by: 'Linus (demo person)',
      at: '2026-03-01 20:00:02 UTC',
    });
  });

  test('a parent stands or falls with its sub-items', () => {
    const fail = settled('images.size', { verdict: 'fail', summary: '300 MB' });
    expect(outcome('before/sizes-are-small', fail)).toEqual({
      verdict: 'fail',
      summary: 'of 1 sub-item: 1 fail',
    });
    expect(outcome('before/sizes-are-small')?.verdict).toBe('inconclusive');
  });

  test('a person can answer for an item that nobody bound', () => {
    const id = 'before/nobody-bound-this';
    expect(outcome(id)?.summary).toBe(
      'nobody has settled this yet: it is bound to no check, and waits for the reviewer',
    );
    const word = {
      type: 'item.attested',
      item: id,
      by: { name: 'Grace' },
      role: 'reviewer',
      note: 'seen',
    } as const;
    expect(outcome(id, word)).toMatchObject({
      verdict: 'attested',
      summary: 'attested by Grace as reviewer: seen',
    });
  });

  test('a parent without sub-items proves nothing', () => {
    const lonely = parseChecklist('- [ ] Sizes are small <!-- holdpoint: images.size of=children -->\n');
    const pass = stateAfter(settled('images.size', { verdict: 'pass', summary: '100 MB' }));
    expect([...outcomesOf(pass, lonely).values()]).toEqual([
      {
        verdict: 'inconclusive',
        summary: 'nobody has settled this yet: it is to be judged by its sub-items, and has none',
      },
    ]);
  });

  test('a person attests or refuses, and the later word counts', () => {
    const by = { name: 'Grace' };
    const yes = { type: 'item.attested', item: TOLD, by, role: 'reviewer', note: '' } as const;
    const no = { type: 'item.refused', item: TOLD, by, reason: 'no mail came' } as const;
    expect(outcome(TOLD, yes)).toMatchObject({
      verdict: 'attested',
      summary: 'attested by Grace as reviewer',
    });
    expect(outcome(TOLD, yes, no)).toMatchObject({
      verdict: 'fail',
      summary: 'refused by Grace: no mail came',
    });
    expect(outcome(TOLD)).toEqual({
      verdict: 'inconclusive',
      summary: 'nobody has settled this yet: it waits for the reviewer',
      next: `Answer with \`holdpoint sign ${TOLD} --as NAME\`.`,
    });
  });
});
