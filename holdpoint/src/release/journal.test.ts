import { expect, test } from 'vitest';
import { systemClock } from '../system/clock.ts';
import { fold } from './fold.ts';
import { openJournal, startJournal } from './journal.ts';
import { NOTE, opened } from './log/log.fixture.ts';
import { memoryLog } from './log/memory.ts';

test('listeners are told in the order of the log, and only of what lies there', async () => {
  const log = memoryLog();
  const journal = await startJournal(log, systemClock, 'a', opened());
  const told: number[] = [];
  const end = journal.listen(({ seq }, state) => {
    expect(state.head.seq).toBe(seq);
    told.push(seq);
  });
  await Promise.all(Array.from({ length: 5 }, () => journal.record(NOTE)));
  end();
  await journal.record(NOTE);
  expect(told).toEqual([2, 3, 4, 5, 6]);
  expect(journal.state).toEqual(fold(await log.read('a')));
});

test('what another process recorded between is taken in before what came after it', async () => {
  const log = memoryLog();
  const journal = await startJournal(log, systemClock, 'a', opened());
  const other = await openJournal(log, systemClock, 'a');
  await other.record({ type: 'item.refused', item: 'x', by: { name: 'Grace' }, reason: 'no' });
  const told: string[] = [];
  journal.listen(({ body }) => told.push(body.type));
  await journal.record(NOTE);
  expect(told).toEqual(['item.refused', 'edge.unread']);
  expect(journal.state.refusals.has('x')).toBe(true);
  expect((await other.catchUp()).head).toEqual(journal.state.head);
});

test('what could not be written is told to nobody, and nothing more is written until it is opened anew', async () => {
  const log = memoryLog();
  let full = false;
  const journal = await startJournal(
    {
      ...log,
      append: (run, at, body) => (full ? Promise.reject(new Error('no space')) : log.append(run, at, body)),
    },
    systemClock,
    'a',
    opened(),
  );
  const told: number[] = [];
  journal.listen(({ seq }) => told.push(seq));
  full = true;
  await expect(journal.record(NOTE)).rejects.toThrow('no space');
  expect(journal.state.head.seq).toBe(1);
  full = false;
  await expect(journal.record(NOTE)).rejects.toThrow('no space');
  expect(journal.unwritten).toMatchObject({ message: 'no space' });
  expect(told).toEqual([]);
  await (await openJournal(log, systemClock, 'a')).record(NOTE);
  expect((await log.read('a')).map(({ seq }) => seq)).toEqual([1, 2]);
});

test('under a fence it is written to only while the lease is held, and people go on to answer', async () => {
  const log = memoryLog();
  const claim = { environment: 'production', doing: '' };
  const now = systemClock.now();
  const lease = await log.leases.take({ ...claim, holder: 'ada', now, expiresAt: now + 60_000 });
  const journal = await startJournal(log, systemClock, 'a', opened(), lease.fence);
  const told: number[] = [];
  journal.listen(({ seq }) => told.push(seq));
  await journal.record(NOTE);
  await log.leases.take({ ...claim, holder: 'grace', now, expiresAt: now + 60_000, over: lease });
  await expect(journal.record(NOTE)).rejects.toMatchObject({ code: 'lease-lost' });
  await (await openJournal(log, systemClock, 'a')).record(NOTE);
  await journal.underFence(2).record(NOTE);
  expect(told).toEqual([2, 3, 4]);
  expect(journal.state).toEqual(fold(await log.read('a')));
});

test('a run that is not there cannot be opened', async () => {
  await expect(openJournal(memoryLog(), systemClock, 'a')).rejects.toMatchObject({ code: 'not-found' });
});
