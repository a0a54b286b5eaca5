import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choose } from './choose.ts';
import { judgeDrill, sumOf } from './judge.ts';
import type { Drilled } from './port.ts';

const drilled = (id: string, verdict: Drilled['evidence']['verdict']): Drilled => {
  const evidence = { verdict, summary: verdict } as const;
  return {
    id,
    at: 0,
    evidence,
    times: { fetch: 1_000, start: 500 },
    parts: [{ source: 'volume:a', evidence }],
  };
};
const measured = { rpo: 60_000, rto: 1_500 };

describe('a drill', () => {
  test('without a backup fails', () => {
    expect(judgeDrill([], { rpo: undefined, rto: undefined }, {})).toMatchObject({ verdict: 'fail' });
  });

  test('passes when every backup did, within the objectives', () => {
    const both = [drilled('b', 'pass'), drilled('a', 'pass')];
    const evidence = judgeDrill(both, measured, { rpo: 60_000, rto: 1_500 });
    expect(evidence).toMatchObject({ verdict: 'pass', expected: 'RPO 1 min, RTO 1.5 s' });
    expect(evidence.details).toContain('b: pass (fetch 1.0 s, start 500 ms)');
  });

  test('that took too long, or would lose too much, fails and says by how much', () => {
    const one = [drilled('a', 'pass')];
    expect(judgeDrill(one, measured, { rto: 1_000 })).toMatchObject({
      verdict: 'fail',
      summary: 'RTO: 1.5 s instead of 1.0 s',
    });
    expect(judgeDrill(one, measured, { rpo: 1_000 })).toMatchObject({ verdict: 'fail' });
    const unknown = { rpo: undefined, rto: 1 };
    expect(judgeDrill(one, unknown, { rpo: 1_000 })).toMatchObject({ summary: 'RPO: nothing was measured' });
  });

  test.each(['fail', 'error', 'inconclusive'] as const)('with one backup that is %s is that', (verdict) => {
    const evidence = judgeDrill([drilled('b', 'pass'), drilled('a', verdict)], measured, { rto: 1 });
    expect(evidence).toMatchObject({ verdict, summary: expect.stringContaining('a c') });
    expect(evidence.next).toBeDefined();
  });

  test('counts every phase', () => {
    expect(sumOf({ locate: 1, fetch: 2, write: 4, start: 8, ready: 16, verify: 32 })).toBe(63);
  });
});

test('the newest is always drilled, and each older one has its turn', () => {
  const ages = fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(ages, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (times, random) => {
      const all = times.map((at) => ({ id: String(at), at }));
      const chosen = choose(all, () => random);
      expect(chosen[0]?.at).toBe(Math.max(...times));
      expect(chosen).toHaveLength(Math.min(2, times.length));
      expect(new Set(chosen).size).toBe(chosen.length);
    }),
  );
  const all = [1, 2, 3, 4].map((at) => ({ id: String(at), at }));
  const others = [0, 0.4, 0.8].map((random) => choose(all, () => random)[1]?.at);
  expect(others.toSorted()).toEqual([1, 2, 3]);
  expect(choose([], () => 0)).toEqual([]);
});
