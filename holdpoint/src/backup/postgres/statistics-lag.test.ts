import { expect, test } from 'vitest';
import { hasHandedIn, type Seen } from './statistics-lag.ts';

const seen = (more: Partial<Seen>): Seen => ({
  ...{ pid: 1, state: 'idle', since: -60_000, transaction: null, now: 0 },
  ...more,
});

test.each([
  ['idle for longer than any session waits', seen({}), undefined, true],
  ['idle since shortly before the question', seen({ since: -500, now: 500 }), undefined, false],
  [
    'idle since shortly before the question, ten seconds later',
    seen({ since: -500, now: 10_000 }),
    undefined,
    true,
  ],
  [
    'idle again, too early after the question to hand in twice',
    seen({ since: 900, now: 950 }),
    undefined,
    false,
  ],
  ['idle again a second after the question', seen({ since: 1_100, now: 1_150 }), undefined, true],
  [
    'inside a transaction all the time',
    seen({ state: 'active', transaction: -9_000, now: 9_000 }),
    undefined,
    false,
  ],
  [
    'in another transaction than a look ago',
    seen({ state: 'active', transaction: 1_400, now: 1_500 }),
    seen({ state: 'active', transaction: 1_200, now: 1_300 }),
    true,
  ],
  ['hidden from this user', seen({ state: null, since: null, now: 11_000 }), undefined, false],
])('a session that is %s', (_, session, earlier, handedIn) => {
  expect(hasHandedIn(session, earlier)).toBe(handedIn);
});
