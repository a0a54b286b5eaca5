import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LockMode, type Look, summarize } from './locks.ts';

const held = (mode: LockMode, table = 't', holder = '3/7') => ({ holder, table, mode });
/** A look every 10 ms. */
const looks = (...each: readonly Look['held'][]): readonly Look[] =>
  each.map((locks, index) => ({ at: 1_000 + index * 10, held: locks }));

describe('locks that were looked at', () => {
  it('last from the first look that saw them to the first that did not', () => {
    const seen = looks([], [held('AccessExclusiveLock')], [held('AccessExclusiveLock')], []);
    expect(summarize(seen)).toEqual({
      locks: [
        { table: 't', mode: 'AccessExclusiveLock', heldFor: 20, stopsWritesFor: 20, stopsReadsFor: 20 },
      ],
      samples: 4,
      widestGap: 10,
    });
  });

  it('that are raised keep writers out all along, and readers only at the end', () => {
    const share = held('ShareLock');
    const both = [share, held('AccessExclusiveLock')];
    expect(summarize(looks([], [share], both, both, [])).locks).toEqual([
      { table: 't', mode: 'AccessExclusiveLock', heldFor: 20, stopsWritesFor: 30, stopsReadsFor: 20 },
    ]);
  });

  it('of two transactions one after the other are not one long lock', () => {
    const one = [held('ShareLock', 't', '3/7')];
    const other = [held('ShareLock', 't', '3/8')];
    expect(summarize(looks([], one, one, other, [])).locks).toMatchObject([{ stopsWritesFor: 20 }]);
  });

  it('that let others write are not told', () => {
    expect(summarize(looks([held('RowExclusiveLock'), held('ShareUpdateExclusiveLock')], [])).locks).toEqual(
      [],
    );
  });

  it('that still stood at the last look are counted until then', () => {
    expect(summarize(looks([held('ShareLock')], [held('ShareLock')])).locks).toMatchObject([{ heldFor: 10 }]);
  });

  it('never last longer than was looked, and stop reads no longer than writes', () => {
    const mode = fc.constantFrom<LockMode>(
      'RowExclusiveLock',
      'ShareLock',
      'ExclusiveLock',
      'AccessExclusiveLock',
    );
    const lock = fc.record({ holder: fc.constantFrom('1/1', '2/2'), table: fc.constantFrom('a', 'b'), mode });
    const some = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.array(lock, { maxLength: 3 })));
    fc.assert(
      fc.property(some, (steps) => {
        let at = 0;
        const seen = steps.map(([gap, locks]) => {
          at += gap;
          return { at, held: locks };
        });
        const total = (seen.at(-1)?.at ?? 0) - (seen[0]?.at ?? 0);
        for (const one of summarize(seen).locks) {
          expect(one.stopsWritesFor).toBeLessThanOrEqual(total);
          expect(one.heldFor).toBeLessThanOrEqual(one.stopsWritesFor);
          expect(one.stopsReadsFor).toBeLessThanOrEqual(one.stopsWritesFor);
        }
      }),
    );
  });
});
