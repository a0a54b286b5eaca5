import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Kept, prune, retained } from './retention.ts';

const backups = fc.uniqueArray(
  fc.record({ id: fc.string({ minLength: 1, maxLength: 4 }), at: fc.nat(50), verified: fc.boolean() }),
  { selector: (backup: Kept) => backup.id, maxLength: 20 },
);
const anyCase = [backups, fc.nat(8), fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 })] as const;

test('the newest verified backup is never removed', () => {
  fc.assert(
    fc.property(...anyCase, (all, keep, held) => {
      const newest = Math.max(...all.filter((backup) => backup.verified).map((backup) => backup.at));
      const gone = new Set(prune(all, keep, held));
      const left = all.filter((backup) => backup.verified && backup.at === newest && !gone.has(backup.id));
      expect(left.length > 0).toBe(all.some((backup) => backup.verified));
    }),
  );
});

test('the newest ones and the protected ones stay, and only what exists is removed, once', () => {
  fc.assert(
    fc.property(...anyCase, (all, keep, held) => {
      const gone = prune(all, keep, held);
      expect(new Set(gone).size).toBe(gone.length);
      expect(gone.every((id) => all.some((backup) => backup.id === id) && !held.includes(id))).toBe(true);
      expect(all.length - gone.length).toBeGreaterThanOrEqual(Math.min(all.length, Math.max(1, keep)));
      const times = new Map(all.map((backup) => [backup.id, backup.at]));
      const left = all.filter((backup) => !gone.includes(backup.id));
      for (const id of gone) {
        const newer = left.filter((backup) => backup.at >= (times.get(id) ?? 0));
        expect(newer.length).toBeGreaterThanOrEqual(Math.max(1, keep));
      }
    }),
  );
});

test('removing goes no further when it is repeated', () => {
  fc.assert(
    fc.property(...anyCase, (all, keep, held) => {
      const gone = prune(all, keep, held);
      expect(
        prune(
          all.filter((backup) => !gone.includes(backup.id)),
          keep,
          held,
        ),
      ).toEqual([]);
    }),
  );
});

test('a row of unproven copies does not push out the last good one, and the oldest goes first', () => {
  const all = [5, 4, 3, 2, 1].map((at) => ({ id: `b${at}`, at, verified: at === 2 }));
  expect(prune(all, 2, [])).toEqual(['b1', 'b3']);
  expect(prune(all, 2, ['b3'])).toEqual(['b1']);
});

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1, 12);
const NOTHING = { last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, zone: 'UTC' };
const count = fc.nat(5);
const policies = fc.record({
  ...{ last: fc.integer({ min: 1, max: 5 }), hourly: count, daily: count, weekly: count },
  ...{ monthly: count, yearly: count, zone: fc.constantFrom('UTC', 'Europe/Vienna', 'Pacific/Apia') },
});
const long = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 4 }),
    at: fc.integer({ min: START, max: START + 800 * DAY }),
    verified: fc.boolean(),
  }),
  { selector: (backup: Kept) => backup.id, maxLength: 40 },
);
const needs = fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 });

test('whatever the policy: the newest, the newest verified one and what a release needs stay', () => {
  fc.assert(
    fc.property(long, policies, needs, (all, policy, needed) => {
      const { going } = retained(all, policy, needed);
      const left = all.filter(({ id }) => !going.includes(id));
      const newest = (backups: readonly Kept[]) => Math.max(...backups.map(({ at }) => at));
      expect(newest(left)).toBe(newest(all));
      const verified = ({ verified }: Kept) => verified;
      expect(newest(left.filter(verified))).toBe(newest(all.filter(verified)));
      expect(going.filter((id) => needed.includes(id))).toEqual([]);
      expect(left.length).toBeGreaterThanOrEqual(Math.min(all.length, policy.last));
    }),
  );
});

test('unverified copies push out no verified one, however many there are', () => {
  fc.assert(
    fc.property(long, policies, (all, policy) => {
      const alone = all.filter(({ verified }) => verified);
      const stay = retained(alone, policy, []).kept.map(({ id }) => id);
      const { going } = retained(all, policy, []);
      expect(stay.filter((id) => going.includes(id))).toEqual([]);
    }),
  );
});

test('each backup either stays for a reason or goes, and what stayed stays when it is asked again', () => {
  fc.assert(
    fc.property(long, policies, needs, (all, policy, needed) => {
      const { kept, going } = retained(all, policy, needed);
      expect(kept.every(({ reasons }) => reasons.length > 0)).toBe(true);
      expect([...kept.map(({ id }) => id), ...going].toSorted()).toEqual(all.map(({ id }) => id).toSorted());
      const left = all.filter(({ id }) => !going.includes(id));
      expect(retained(left, policy, needed).going).toEqual([]);
    }),
  );
});

test('of two years of nightly backups seven days, four weeks, six months and two years stay', () => {
  const all = Array.from({ length: 730 }, (_, day) => {
    return { id: `d${day}`, at: START + day * DAY, verified: true };
  });
  const policy = { ...NOTHING, daily: 7, weekly: 4, monthly: 6, yearly: 2 };
  const { kept } = retained(all, policy, []);
  const dates = kept.map(({ id }) => new Date(START + Number(id.slice(1)) * DAY).toISOString().slice(0, 10));
  expect(dates).toEqual([
    ...['2027-12-31', '2027-12-30', '2027-12-29', '2027-12-28', '2027-12-27', '2027-12-26'],
    ...['2027-12-25', '2027-12-19', '2027-12-12', '2027-11-30', '2027-10-31', '2027-09-30'],
    ...['2027-08-31', '2027-07-31', '2026-12-31'],
  ]);
});

test('midnight is that of the zone', () => {
  const evening = Date.UTC(2026, 6, 1, 21, 30);
  const all = [evening, evening + 3_600_000].map((at) => ({ id: String(at), at, verified: false }));
  const days = (zone: string) => retained(all, { ...NOTHING, daily: 2, zone }, []).kept.length;
  expect(days('UTC')).toBe(1);
  expect(days('Europe/Vienna')).toBe(2);
});
