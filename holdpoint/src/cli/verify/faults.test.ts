import { expect, test } from 'vitest';
import type { EventBody } from '../../release/events.ts';
import { logOf, opened } from '../../report/run.fixture.ts';
import { findFaults } from './faults.ts';

const signed = (head: string): EventBody => ({
  type: 'release.signed',
  role: 'approver',
  by: { name: 'Linus' },
  answer: 'approve',
  reason: '',
  head,
});
const found = (bodies: readonly EventBody[], expected?: string) => {
  const events = logOf(bodies);
  return findFaults(events, events.at(-1), expected).map(({ seq, what }) => `${seq} ${what}`);
};

test('a signature under what lay before it holds, one under anything else does not', () => {
  const [first] = logOf([opened()]);
  expect(found([opened(), signed(first?.hash ?? '')])).toEqual([]);
  expect(found([opened(), signed('e'.repeat(64))])).toEqual([
    '2 Linus signed eeeeeeeeeeee, which no event before it has',
  ]);
});

test('a whole chain that was written anew is found by a hash that was kept elsewhere', () => {
  const kept = logOf([opened()])[0]?.hash ?? '';
  const anew = { ...opened(), name: 'Another' };
  expect(found([opened()], kept.slice(0, 12))).toEqual([]);
  expect(found([anew], kept)).toEqual([`1 no event has the hash ${kept} that was expected`]);
});

test('a run that is opened twice, or by something else, is found', () => {
  expect(found([opened(), opened()])).toEqual(['2 opens the run a second time']);
  expect(found([{ type: 'edge.counted', requests: 0, lost: 0 }])).toEqual(['1 does not open the run']);
});
