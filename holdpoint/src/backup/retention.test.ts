import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Kept, prune } from './retention.ts';

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
