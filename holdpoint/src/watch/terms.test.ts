import { expect, test } from 'vitest';
import { upperBound } from './gate/bound.ts';
import { type History, NO_HISTORY } from './history.ts';
import type { Objective } from './objective.ts';
import { parseSelector } from './sources/selector.ts';
import { type Beginning, readTerms, termsOf } from './terms.ts';

const SETTINGS = { falseAlarms: 0.01, falsePromotions: 0.05, window: 7_200_000, warmUp: 15_000 };
const DEFAULTS: readonly Objective[] = [
  { kind: 'errors', id: 'errors', services: undefined, allowed: 0.01 },
  { kind: 'latency', id: 'latency', services: undefined, series: 'seconds', quantile: 0.95, limit: 1_000 },
  { kind: 'cpu', id: 'cpu', services: undefined, limit: 0.7 },
  { kind: 'memory', id: 'memory', services: undefined, limit: 0.8 },
];
const FIRST: Beginning = { beside: false, history: NO_HISTORY, tails: {} };

/** An hour of 50 requests a second, of which 0.2 % fail and none is slow. */
const HOUR: History = {
  counted: {
    errors: Array.from({ length: 60 }, () => ({ events: 6, trials: 3_000 })),
    latency: Array.from({ length: 60 }, () => ({ events: 0, trials: 3_000 })),
  },
  levels: { cpu: Array.from({ length: 720 }, (_, index) => 0.3 + 0.02 * Math.sin(index * index * 1.7)) },
};
const SECOND: Beginning = { beside: true, history: HOUR, tails: { latency: [500, 1_000] } };

const ruleOf = (beginning: Beginning, id: string, objectives = DEFAULTS) => {
  const rule = termsOf(SETTINGS, objectives, beginning).rules.objectives.find((one) => one.id === id);
  if (rule === undefined) throw new Error(`no rule for ${id}`);
  return rule;
};

test('weights add up to 1, in the order of the objectives, and what users feel speaks louder', () => {
  const { objectives } = termsOf(SETTINGS, DEFAULTS, FIRST).rules;
  expect(objectives.map((rule) => (rule.kind === 'freshness' ? 0 : rule.weight))).toEqual([
    0.4, 0.4, 0.1, 0.1,
  ]);
  expect(objectives.map(({ id }) => id)).toEqual(['errors', 'latency', 'cpu', 'memory']);
});

test('the first deployment is held against its limits alone', () => {
  const { rules, tails } = termsOf(SETTINGS, DEFAULTS, FIRST);
  expect(rules.falseAlarms).toBe(0.01);
  expect(tails).toEqual({});
  expect(ruleOf(FIRST, 'errors')).toEqual({
    kind: 'counted',
    id: 'errors',
    weight: 0.4,
    allowed: 0.01,
    overdispersion: 1,
  });
  expect(ruleOf(FIRST, 'latency')).toMatchObject({ allowed: 0.05 });
});

test('beside an old version it is held against that too, and its latency by the tails', () => {
  expect(ruleOf(SECOND, 'errors')).toMatchObject({ versus: { ratio: 1.5, slack: 0.001, tails: 0 } });
  expect(ruleOf(SECOND, 'latency')).toMatchObject({ versus: { ratio: 1.5, slack: 0.01, tails: 2 } });
  expect(termsOf(SETTINGS, DEFAULTS, SECOND).tails).toEqual({ latency: [500, 1_000] });
});

test('the hour before allows one and a half times its upper bound and the slack, paid from the false alarms', () => {
  const { rules } = termsOf(SETTINGS, DEFAULTS, SECOND);
  expect(rules.falseAlarms).toBeCloseTo(0.009, 12);
  // A tenth of the false alarms for both bounds together: 0.05 % for each.
  expect(ruleOf(SECOND, 'errors')).toMatchObject({ before: 1.5 * upperBound(360, 180_000, 0.0005) + 0.001 });
});

test('an hour that allows more than the limit does is left out', () => {
  const worse = { ...HOUR, counted: { errors: [{ events: 900, trials: 100_000 }] } };
  expect(ruleOf({ ...SECOND, history: worse }, 'errors')).not.toHaveProperty('before');
});

test('some quiet minutes are not taken for what is usual, and cost nothing', () => {
  const minutes = { ...HOUR, counted: { errors: (HOUR.counted['errors'] ?? []).slice(0, 9) } };
  const { rules } = termsOf(SETTINGS, DEFAULTS, { ...SECOND, history: minutes });
  expect(rules.objectives[0]).not.toHaveProperty('before');
  expect(rules.falseAlarms).toBe(SETTINGS.falseAlarms);
});

test('failures that clump make the test slower to believe, and the bound of the hour before looser', () => {
  const clumped = HOUR.counted['errors']?.map((_, index) => ({
    events: index % 3 === 0 ? 18 : 0,
    trials: 3_000,
  }));
  const rule = ruleOf({ ...SECOND, history: { ...HOUR, counted: { errors: clumped ?? [] } } }, 'errors');
  if (rule.kind !== 'counted') throw new Error('errors are counted');
  expect(rule.overdispersion).toBeGreaterThan(10);
  expect(rule.before).toBeGreaterThan(1.5 * upperBound(360, 180_000, 0.001) + 0.001);
});

test('a gauge is whitened as the hour before says, or as one of which nothing is known', () => {
  expect(ruleOf(SECOND, 'cpu')).toMatchObject({ kind: 'gauge', limit: 0.7 });
  expect(ruleOf(SECOND, 'cpu')).not.toMatchObject({ correlation: 0.9 });
  expect(ruleOf(SECOND, 'memory')).toMatchObject({ correlation: 0.9, deviation: 0.05 * 0.8 });
});

test('requests that got lost at the edge are held against their limit only, for nobody knows whose they were', () => {
  const lost: Objective = { kind: 'lost', id: 'lost', services: undefined, allowed: 0.01 };
  expect(ruleOf(SECOND, 'lost', [...DEFAULTS, lost])).not.toHaveProperty('versus');
});

test('freshness is no matter of chance and takes nothing of the false alarms', () => {
  const fresh: Objective = {
    kind: 'freshness',
    id: 'nightly',
    services: undefined,
    series: parseSelector('nightly_success'),
    limit: 60_000,
  };
  const { objectives } = termsOf(SETTINGS, [fresh], FIRST).rules;
  expect(objectives).toEqual([{ kind: 'freshness', id: 'nightly', limit: 60_000 }]);
});

test('terms come out of the log as they went in', () => {
  for (const beginning of [FIRST, SECOND]) {
    const terms = termsOf(SETTINGS, DEFAULTS, beginning);
    expect(readTerms(JSON.parse(JSON.stringify(terms)))).toEqual(terms);
  }
});

test('terms that were changed are an offence', () => {
  const terms = termsOf(SETTINGS, DEFAULTS, SECOND);
  expect(() => readTerms({ ...terms, rules: { ...terms.rules, falseAlarms: 2 } })).toThrow('cannot be read');
  expect(() => readTerms({ tails: {} })).toThrow('cannot be read');
});
