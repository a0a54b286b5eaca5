import { describe, expect, it } from 'vitest';
import type { CountedObservation } from '../watch/block.ts';
import { type Decision, decide, type Gate, observe, openGate } from '../watch/gate/decide.ts';
import type { Objective } from '../watch/objective.ts';
import { missingInWords, requestLevels, wideningEvidence } from './widening-evidence.ts';

const errors: Objective = { id: 'errors', kind: 'errors', services: undefined, allowed: 0.01 };
const latency: Objective = {
  id: 'latency',
  kind: 'latency',
  services: ['backend'],
  series: 'seconds',
  quantile: 0.95,
  limit: 1_000,
};
const cpu: Objective = { id: 'cpu', kind: 'cpu', services: undefined, limit: 0.7 };

const GATE = openGate({
  falseAlarms: 0.01,
  falsePromotions: 0.05,
  window: 7_200_000,
  objectives: [{ kind: 'counted', id: 'errors', weight: 1, allowed: 0.01, overdispersion: 1 }],
});

/** After looks at which so many of a hundred requests failed each; `undefined` for one without an answer. */
const after = (failures: readonly (number | undefined)[], gate: Gate = GATE): Decision =>
  decide(
    failures.reduce<Gate>((now, events, index) => {
      const trials = events === undefined ? 0 : 100;
      const counts = { trials, events: events ?? 0, eventsForGood: events ?? 0, tails: [] };
      const seen: CountedObservation = { kind: 'counted', fresh: counts, old: undefined };
      return observe(now, {
        at: index * 5_000,
        milliseconds: 5_000,
        gap: false,
        asked: 1,
        answered: events === undefined ? 0 : 1,
        seen: [seen],
        hard: [],
        notes: [],
      });
    }, gate),
  );

const good = (looks: number): number[] => new Array<number>(looks).fill(0);
const judged = (fresh: number, of: number, decision: Decision | undefined) =>
  wideningEvidence({ service: 'backend', fresh, of }, { ids: ['errors'], own: true }, decision, 0.2);

describe('what a step that widens needs', () => {
  it('is less beyond the first replica than beyond half of them', () => {
    const looks = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const enoughFor = (fresh: number, of: number) =>
      looks.find((count) => judged(fresh, of, after(good(count))).kind === 'shown');
    const [beyondFirst, beyondHalf] = [enoughFor(1, 4), enoughFor(2, 4)];
    expect(beyondFirst).toBeLessThan(beyondHalf ?? 0);
    // Golden numbers of the promotion: about 480 requests without an error.
    expect(beyondHalf).toBe(5);
    expect(enoughFor(1, 2)).toBe(beyondHalf);
    expect(enoughFor(1, 3)).toBe(beyondHalf);
    expect(enoughFor(1, 1)).toBe(beyondHalf);
  });

  it('says how many requests are missing, and fewer the more were seen and the less is asked', () => {
    const needs = (found: ReturnType<typeof judged>) => (found.kind === 'missing' ? found.needs : 0);
    const [none, some] = [judged(2, 3, after([])), judged(2, 3, after(good(2)))];
    expect(needs(none)).toBeGreaterThan(350);
    expect(needs(some)).toBeLessThan(needs(none) ?? 0);
    expect(needs(judged(1, 4, after(good(1))))).toBeLessThan(needs(judged(2, 4, after(good(1)))) ?? 0);
    expect(none).toMatchObject({ kind: 'missing', objective: 'errors', seen: 0 });
    expect(some).toMatchObject({ seen: 200 });
  });

  it('is not to be had at a rate above the limit', () => {
    const found = judged(1, 4, after([3, 3, 3]));
    expect(found).toMatchObject({ kind: 'missing', needs: undefined });
    expect(found.kind !== 'shown' && missingInWords(found)).toBe(
      'errors is too near its limit to be called good at this rate',
    );
  });

  it('stays shown once it was shown for a promotion, and not while no replica answers', () => {
    expect(judged(2, 3, after([...good(6), 2]))).toMatchObject({ kind: 'shown' });
    const silent = [...good(6), undefined, undefined, undefined, undefined];
    expect(judged(2, 3, after(silent))).toEqual({
      kind: 'unmeasured',
      why: 'no replica has answered at 4 looks',
    });
    expect(judged(2, 3, after(silent.slice(0, -1)))).toMatchObject({ kind: 'shown' });
  });

  it('cannot be met before the first look, nor by nothing', () => {
    expect(judged(1, 3, undefined)).toMatchObject({ kind: 'unmeasured' });
    const nothing = { ids: [], own: false };
    expect(
      wideningEvidence({ service: 'backend', fresh: 1, of: 3 }, nothing, after(good(9)), 0.2),
    ).toMatchObject({ kind: 'unmeasured', why: 'no metric tells how its requests end' });
    const another = { ids: ['latency'], own: true };
    expect(
      wideningEvidence({ service: 'backend', fresh: 1, of: 3 }, another, after(good(9)), 0.2),
    ).toMatchObject({ kind: 'unmeasured', why: 'the watch of this run judges no latency' });
  });
});

describe('the service levels that count', () => {
  it('are those of requests that are read at the service itself', () => {
    expect(requestLevels('backend', [errors, latency, cpu], ['backend', 'front'])).toEqual({
      ids: ['errors', 'latency'],
      own: true,
    });
    expect(requestLevels('front', [errors, latency, cpu], ['backend', 'front'])).toEqual({
      ids: ['errors'],
      own: true,
    });
  });

  it('are those of the others, which is said, where the service itself is not watched', () => {
    const levels = requestLevels('front', [errors, latency], ['backend']);
    expect(levels).toEqual({ ids: ['errors', 'latency'], own: false });
    const only = { ...levels, ids: ['errors'] };
    expect(wideningEvidence({ service: 'front', fresh: 1, of: 2 }, only, after(good(6)), 0.2)).toMatchObject({
      kind: 'shown',
      summary: expect.stringContaining('nothing of front itself is watched'),
    });
  });

  it('are none where nothing has metrics, or only gauges are watched', () => {
    expect(requestLevels('backend', [errors, latency], []).ids).toEqual([]);
    expect(requestLevels('backend', [cpu], ['backend']).ids).toEqual([]);
  });
});

it('says how long the missing requests take at the pace of late', () => {
  const missing = { kind: 'missing', objective: 'errors', needs: 312, seen: 10 } as const;
  expect(missingInWords(missing, 0.4)).toBe(
    'errors needs about 312 more requests, at 0.4 a second that is 13 min',
  );
  expect(missingInWords(missing, 0)).toBe('errors needs about 312 more requests, and none comes');
  expect(missingInWords({ ...missing, needs: 1 })).toBe('errors needs about 1 more request');
});
