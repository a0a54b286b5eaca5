import { expect, test } from 'vitest';
import { histogramQuantile } from '../quantile.ts';
import type { Slice } from '../traffic.ts';
import { ArgoRollouts } from './argo-rollouts.ts';
import { Flagger } from './flagger.ts';
import { Kayenta } from './kayenta.ts';
import type { Rule } from './rule.ts';

const slice = (trials: number, errors: number, slow = 0): Slice => ({
  trials,
  errors,
  buckets: [trials - slow, 0, 0, slow, 0, 0],
});
const GOOD = slice(250, 0);
const BAD = slice(250, 10);

/** Takes two hours; what is served depends on the seconds since the deployment. */
function watch(
  rule: Rule,
  fresh: (at: number) => Slice,
  old: (at: number) => Slice = () => GOOD,
): number | undefined {
  for (let at = 5; at <= 7_200; at += 5) rule.take(at, fresh(at), old(at));
  return rule.decidedAt;
}

test('Flagger rolls back at its sixth run, five of which found errors', () => {
  expect(watch(new Flagger(), () => BAD)).toBe(360);
});

test('Flagger adds up failed checks that lie apart', () => {
  const minute = (at: number) => Math.ceil(at / 60);
  expect(watch(new Flagger(), (at) => (minute(at) % 10 === 0 ? BAD : GOOD))).toBe(51 * 60);
  expect(watch(new Flagger(), (at) => (minute(at) <= 4 ? BAD : GOOD))).toBeUndefined();
});

test('Flagger finds slow requests, passes what is just at a limit, and counts no requests as no failure', () => {
  expect(watch(new Flagger(), () => slice(250, 0, 20))).toBe(360);
  expect(watch(new Flagger(), () => slice(200, 2))).toBeUndefined();
  expect(watch(new Flagger(), () => slice(0, 0))).toBeUndefined();
});

test('Argo Rollouts rolls back at its fourth bad measurement, five minutes apart', () => {
  expect(watch(new ArgoRollouts(), () => BAD)).toBe(930);
});

test('Argo Rollouts sees the last two scrapes only', () => {
  expect(watch(new ArgoRollouts(), (at) => (at % 300 > 0 && at % 300 <= 30 ? GOOD : BAD))).toBeUndefined();
});

test('Kayenta rolls back at its first judgement when every minute is worse than every minute of the old version', () => {
  const varied = (base: number) => (at: number) => slice(250, base + (Math.ceil(at / 60) % 5));
  expect(watch(new Kayenta(), varied(10), varied(0))).toBe(300);
  expect(watch(new Kayenta(), varied(1), varied(1))).toBeUndefined();
  expect(watch(new Kayenta(), varied(0), varied(10))).toBeUndefined();
});

test('a quantile is interpolated in its bucket, as Prometheus does', () => {
  const buckets = [0, 50, 50, 0, 0, 0];
  expect(histogramQuantile(0.5, { trials: 100, errors: 0, buckets })).toBe(0.5);
  expect(histogramQuantile(0.95, { trials: 100, errors: 0, buckets })).toBeCloseTo(0.95, 12);
  expect(histogramQuantile(0.95, { trials: 100, errors: 0, buckets: [0, 0, 0, 0, 0, 100] })).toBe(5);
  expect(histogramQuantile(0.95, slice(0, 0))).toBeNaN();
});
