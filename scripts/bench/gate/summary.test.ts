import { expect, test } from 'vitest';
import { CELLS } from './cells.ts';
import type { Outcome } from './run.ts';
import { quantileOf, summaryOf, verdictsOf, wilson } from './summary.ts';
import { tablesOf } from './tables.ts';

const NEVER = Number.POSITIVE_INFINITY;
const outcome = (more: Partial<Outcome>): Outcome => ({
  bad: NEVER,
  requestsGood: NEVER,
  allGood: NEVER,
  flagger: NEVER,
  argo: NEVER,
  kayenta: NEVER,
  ...more,
});
const cellOf = (name: string, rate: number) => {
  const cell = CELLS.find((one) => one.name === name && one.rate === rate);
  if (cell === undefined) throw new Error(`no cell ${name}`);
  return cell;
};

test('the interval of Wilson is the one of the textbooks', () => {
  const [low, high] = wilson(0, 500);
  expect(low).toBeCloseTo(0, 12);
  expect(high).toBeCloseTo(0.0076, 4);
  const [from, to] = wilson(10, 100);
  expect(from).toBeCloseTo(0.0552, 4);
  expect(to).toBeCloseTo(0.1744, 4);
});

test('a quantile is a value that was measured, and never is later than everything', () => {
  expect(quantileOf([4, 1, NEVER, 2], 0.5)).toBe(2);
  expect(quantileOf([4, 1, NEVER, 2], 0.95)).toBe(NEVER);
  expect(quantileOf([], 0.5)).toBeNaN();
});

test('delays count from when the release turned bad; earlier roll-backs are told apart', () => {
  const cell = cellOf('3 % errors, an hour after', 50);
  const { by } = summaryOf(cell, [outcome({ bad: 3_635 }), outcome({ bad: 3_640 }), outcome({ bad: 100 })]);
  expect(by.bad).toEqual({ count: 3, early: 1, median: 35, p95: 40 });
});

test('a target that is missed is told beside what was measured', () => {
  const cell = cellOf('3 % errors', 50);
  const late = verdictsOf(summaryOf(cell, [outcome({ bad: 35 })]));
  expect(late).toEqual([
    { text: '3 % errors, 50 req/s: called good 0.0 %, at most 5.0 %', met: true },
    { text: '3 % errors, 50 req/s: found after 35 / 35 s, at most 20 / 30 s', met: false },
  ]);
  expect(verdictsOf(summaryOf(cell, [outcome({ bad: 20 })])).every(({ met }) => met)).toBe(true);
  expect(verdictsOf(summaryOf(cell, [outcome({})])).every(({ met }) => met)).toBe(false);
  const wrong = verdictsOf(summaryOf(cell, [outcome({ requestsGood: 15, bad: 20 })]));
  expect(wrong.find(({ met }) => !met)?.text).toContain('called good 100.0 %');
});

test('each number of the table of requirements is a target of some cell', () => {
  const found = CELLS.filter(({ targets }) => targets.found !== undefined);
  expect(found.map(({ name, rate }) => `${name} @ ${rate}`)).toEqual([
    '1.5 % errors @ 50',
    '3 % errors @ 5',
    '3 % errors @ 50',
    '10 % errors @ 50',
    '50 % errors @ 50',
    'p95 3 s @ 50',
    '3 % errors, an hour after @ 50',
  ]);
  expect(CELLS.filter(({ targets }) => targets.promoted !== undefined)).toHaveLength(2);
  expect(CELLS.every(({ runs }) => runs >= 500)).toBe(true);
});

test('tables have a row for each cell', () => {
  const summaries = CELLS.map((cell) => summaryOf(cell, [outcome({ bad: 20 })]));
  for (const { name } of CELLS) expect(tablesOf(summaries)).toContain(`| ${name} |`);
});
