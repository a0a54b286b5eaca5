import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import type { LoggedEvent } from '../release/events.ts';
import { fold } from '../release/fold.ts';
import type { Block, HardEvent, Observation } from '../watch/block.ts';
import type { Objective } from '../watch/objective.ts';
import { blockAt, counted, fresh, gauge, healthy, LEVELS } from '../watch/words.fixture.ts';
import { watchChart } from './chart.ts';
import { START } from './run.fixture.ts';
import { readWatch } from './watch-read.ts';
import { routes, watchedLog } from './watched.fixture.ts';

function chartOf(events: readonly LoggedEvent[]): string {
  const state = fold(events);
  const read = readWatch(state);
  if (read.kind !== 'read') throw new Error(`the watch is ${read.kind}`);
  return watchChart(state, events, read.watch);
}

const looks = (count: number, seen: readonly Observation[] = healthy(52)): readonly Block[] =>
  Array.from({ length: count }, (_, index) => blockAt(START + 1_000 + (index + 1) * 5_000, seen));
const bad = (count: number): readonly Block[] => looks(count, [counted([8, 260], [0, 245])]);

const textsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, said = '']) => said);
const flagged = (svg: string): readonly string[] =>
  textsOf(svg).filter((said) => /^\u2007?\d+ {2}/.test(said));

test('it is a picture with a title, axes with units and the limits, and says so to those who cannot see it', () => {
  const svg = chartOf(watchedLog(looks(20)));
  const { svg: root } = new XMLParser({ ignoreAttributes: false }).parse(svg);
  expect(root).toMatchObject({ '@_role': 'img', '@_aria-labelledby': 'title desc' });
  expect(root.title['#text']).toBe('The watch of ToolBoxAI 2.0.0 in production');
  expect(root.desc['#text']).toMatch(/^From 2026-03-01 20:00:01 UTC on, 1 min 40 s of 2 h in 20 looks: /);
  expect(root.desc['#text']).toContain('errors: 0 % of 1,040 requests failed, limit 1 %');
  const texts = textsOf(svg);
  for (const said of [
    'errors: share of the requests that failed, limit 1 %',
    'latency: share of the requests that were too slow, limit 5 % over 1.0 s',
    'cpu: share of the cores, limit 70 %',
    'queue: level, limit 50',
    'nightly: time since the last success, limit 5 min',
    'time since the watch began (min:s or h:min:s)',
    'ln E',
    'limit 1 %',
    'new 0 % (0 %–0.4 %)',
    '1:00',
  ])
    expect(texts).toContain(said);
  expect(svg).not.toMatch(/<script|NaN|undefined|Infinity/);
});

test('it marks when the roll-out widened, what happened to replicas, and when and why it was decided', () => {
  const crash: HardEvent = { kind: 'oom-killed', replica: 'backend-2', service: 'backend' };
  const blocks = [...looks(40), { ...blockAt(START + 206_000, healthy(52)), hard: [crash] }];
  const reason = 'bad: backend-2 was killed because it ran out of memory';
  const svg = chartOf(
    watchedLog(blocks, LEVELS, [
      ...routes([900, 20_000]),
      [
        19_000,
        {
          type: 'rollout.widened',
          service: 'backend',
          fresh: 1,
          of: 2,
          summary: 'enough was seen',
        },
      ],
      [206_100, { type: 'rollback.decided', by: 'the watch', severity: 'critical', reason }],
    ]),
  );
  expect(flagged(svg).map((said) => said.trimStart().replace(/(?<=^4 {2}after )\d+ s/, '…'))).toEqual([
    '1  100 ms before: first new replica in traffic: route backend-1 of 2.0.0',
    '2  after 18 s: the roll-out widens beyond 1 of 2 of backend: enough was seen',
    '3  after 19 s: another new replica in traffic: route backend-2 of 2.0.0',
    '4  after …: the evidence suffices for promotion: errors, latency, lost, cpu, memory, jobs, queue, nightly are within their limits',
    '5  after 3 min 25 s: backend-2 was killed because it ran out of memory',
    '6  after 3 min 25 s: the evidence suffices for a roll-back: backend-2 was killed because it ran out of memory',
    `7  after 3 min 25 s: the watch decides to go back (critical): ${reason}`,
  ]);
});

test('evidence that grows crosses its threshold in the picture where the gate says so', () => {
  const svg = chartOf(watchedLog(bad(6), LEVELS.slice(0, 1)));
  expect(flagged(svg)[0]).toMatch(
    /1 {2}after \d+ s: the evidence suffices for a roll-back: errors: 3\.1 % of \d/,
  );
  expect(textsOf(svg)).toContain('old 0 %');
});

test('a long watch gives its beginning room, and stays small', () => {
  const levels = LEVELS.map((level) => ({ ...level }));
  const svg = chartOf(watchedLog(looks(1_440), levels));
  expect(textsOf(svg)).toContain('2:00:00');
  expect(svg).toContain('drawn by its square root');
  expect(svg.length).toBeLessThan(150_000);
});

test('of very many objectives the loudest are drawn, and it says so', () => {
  const many = Array.from(
    { length: 50 },
    (_, index): Objective => ({
      id: `jobs-${index}`,
      kind: 'errors',
      services: undefined,
      allowed: 0.01,
    }),
  );
  const seen = many.map((_, index) => counted(index === 37 ? [9, 100] : [0, 100], [0, 100]));
  const svg = chartOf(watchedLog(looks(200, seen), many));
  expect(textsOf(svg)).toContain(
    'Of 50 service levels the 16 with the most evidence against them are drawn.',
  );
  expect(textsOf(svg)).toContain('jobs-37: share of the requests that failed, limit 1 %');
  expect(svg.length).toBeLessThan(150_000);
});

test('a line breaks where nobody looked, and the gap is shaded', () => {
  const before = looks(10);
  const later = looks(10).map((block, index) => ({ ...block, at: block.at + 300_000, gap: index === 0 }));
  const whole = chartOf(watchedLog(looks(20), LEVELS.slice(3, 4)));
  const broken = chartOf(watchedLog([...before, ...later], LEVELS.slice(3, 4)));
  const shaded = (svg: string): number => svg.match(/<rect class="gap"/g)?.length ?? 0;
  expect([shaded(whole), shaded(broken)]).toEqual([1, 2]);
});

const small = fc.integer({ min: 0, max: 300 });
const pair = fc
  .tuple(small, small)
  .map(([a, b]): readonly [number, number] => [Math.min(a, b), Math.max(a, b)]);
const amount = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined });
const observation: fc.Arbitrary<Observation> = fc.oneof(
  fc.tuple(pair, fc.option(pair, { nil: undefined })).map(([one, old]) => counted(one, old)),
  fc.tuple(amount, amount).map(([level, highest]) => gauge(level, highest)),
  amount.map(fresh),
);
const arbitraryBlock = fc.record({
  after: fc.integer({ min: 0, max: 1e7 }),
  seen: fc.oneof(
    fc
      .tuple(pair, pair, pair, amount, amount, pair, amount, amount)
      .map(([a, b, c, d, e, f, g, h]) => [
        counted(a, b),
        counted(b, a),
        counted(c),
        gauge(d),
        gauge(e),
        counted(f),
        gauge(g),
        fresh(h),
      ]),
    fc.array(observation, { maxLength: 10 }),
  ),
  gap: fc.boolean(),
  answered: fc.nat(3),
  hard: fc.array(
    fc.record({
      kind: fc.constantFrom<HardEvent['kind']>('crashed', 'oom-killed', 'vanished', 'restarted', 'unready'),
      replica: fc.string({ unit: 'binary' }),
      service: fc.string({ unit: 'binary' }),
    }),
    { maxLength: 2 },
  ),
});

test('whatever was seen, in whatever order, it is well-formed, small, and holds nothing that is no number', () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryBlock, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 30 }),
      (some, times) => {
        const blocks = Array.from({ length: times }, () => some)
          .flat()
          .map(({ after, seen, ...more }) => blockAt(START + 1_000 + after, seen, more));
        const svg = chartOf(watchedLog(blocks));
        expect(XMLValidator.validate(svg)).toBe(true);
        expect(svg).not.toMatch(/="[^"]*(?:NaN|Infinity|undefined)/);
        expect(svg.length).toBeLessThan(150_000);
      },
    ),
    { numRuns: 40, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
  );
});

test('names out of the log are text and no markup', () => {
  const name = '<script>alert(1)</script>"&]]>';
  const levels = LEVELS.slice(0, 1).map((level) => ({ ...level, id: name }));
  const crash: HardEvent = { kind: 'crashed', replica: name, service: name };
  const svg = chartOf(watchedLog([blockAt(START + 6_000, [counted([1, 9])], { hard: [crash] })], levels));
  expect(XMLValidator.validate(svg)).toBe(true);
  expect(svg).not.toContain('<script');
});
