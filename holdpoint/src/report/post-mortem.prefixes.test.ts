import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatDuration } from '../kernel/durations.ts';
import type { WayBack } from '../rehearsal/rehearsal.ts';
import { virtualClock } from '../release/clock.fixture.ts';
import type { LoggedEvent } from '../release/events.ts';
import { fold } from '../release/fold.ts';
import { makeRig, willingDesk } from '../release/run.fixture.ts';
import { easyPostgres } from '../release/system.fixture.ts';
import { watchChart } from './chart.ts';
import { countedIn, type Places, placesIn } from './post-mortem/blocks.ts';
import { instant } from './post-mortem/markdown.ts';
import { story } from './post-mortem/story.fixture.ts';
import { needsPostMortem, postMortem } from './post-mortem.ts';
import { logOf, opened } from './run.fixture.ts';
import { standingOf } from './standing.ts';
import { statusLines } from './status.ts';
import { summaryLines } from './summary.ts';
import { readWatch } from './watch-read.ts';
import { watchSection } from './watch-section.ts';

const clock = virtualClock();
let database: Awaited<ReturnType<typeof easyPostgres>>;
beforeAll(async () => {
  database = await easyPostgres(clock);
});
afterAll(() => database.close());

const RESTORE: WayBack = { kind: 'database', by: 'restore', reasons: ['it does not start on 2 columns'] };
const desk = {
  ...willingDesk,
  acceptWayBack: async () => ({ name: 'Edsger', reason: 'the column has to go', lossLimit: 60_000 }),
};

/** What a number may be: written in the log, a time between two of its events, or a count of what it holds. */
class Known {
  readonly #tokens = new Set<string>();
  readonly #seen: LoggedEvent[] = [];
  #places: Places | undefined;
  #requests = { requests: 0, failed: 0, slow: 0 };

  learn(event: LoggedEvent): void {
    this.#add(JSON.stringify(event), ...said(event.at));
    for (const value of numbersIn(event.body)) {
      this.#add(value.toLocaleString('en-US'), formatDuration(value));
      if (value > 1e12) this.#add(...said(value));
    }
    for (const before of this.#seen) this.#add(formatDuration(event.at - before.at));
    this.#seen.push(event);
    if (event.body.type === 'watch.began') this.#places = placesIn(event.body.terms);
    if (event.body.type !== 'watch.block') return;
    const { requests, failed, slow } = countedIn(event.body.block, this.#places);
    this.#requests = {
      requests: this.#requests.requests + requests,
      failed: this.#requests.failed + failed,
      slow: this.#requests.slow + slow,
    };
    for (const value of Object.values(this.#requests)) this.#add(value.toLocaleString('en-US'));
  }

  /** Numbers of a document that come from nowhere. */
  strangers(document: string, computed: readonly string[]): readonly string[] {
    const more = new Set(computed.flatMap(tokensIn));
    return tokensIn(document).filter((token) => !this.#tokens.has(token) && !more.has(token));
  }

  #add(...texts: readonly string[]): void {
    for (const token of texts.flatMap(tokensIn)) this.#tokens.add(token);
  }
}

const said = (at: number): readonly string[] => [instant(at), instant(at).slice(0, 19)];

const tokensIn = (text: string): readonly string[] =>
  text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .match(/\d+(?:[.,]\d+)*/g) ?? [];

function numbersIn(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

/** Counts and sums that a reader can check against the log by hand. */
function computedFrom(prefix: readonly LoggedEvent[]): readonly string[] {
  const state = fold(prefix);
  const { plans, steps, watch, edge, opened: begun, resumes } = state;
  const back = plans.filter(({ direction }) => direction === 'back').flatMap((plan) => plan.steps);
  const done = back.flatMap(({ name }) => {
    const step = steps.get(name);
    return step?.status === 'done' ? [step.milliseconds ?? 0] : [];
  });
  return [
    `${prefix.length} ${resumes} ${watch.blocks.length} ${back.length} ${done.length}`,
    formatDuration(done.reduce((sum, one) => sum + one, 0)),
    `${edge?.requests.toLocaleString('en-US')} ${edge?.lost.toLocaleString('en-US')}`,
    [begun.to.digest, begun.from?.digest ?? ''].map((digest) => digest.slice(0, 12)).join(' '),
    // Rates, bands and odds, which are tested where they are worked out.
    ...watchSection(state),
    ...prefix.flatMap(({ body }) => (body.type === 'loss.measured' ? [`${body.tables.length}`] : [])),
  ];
}

function everyPrefix(events: readonly LoggedEvent[]): void {
  const known = new Known();
  for (const [index, event] of events.entries()) {
    known.learn(event);
    const prefix = events.slice(0, index + 1);
    const state = fold(prefix);
    const document = postMortem(state, prefix);
    expect(known.strangers(document, computedFrom(prefix)), `after event ${event.seq}`).toEqual([]);
    expect(document).toContain(`--expect ${event.hash}`);
    for (const worked of [true, false]) {
      const standing = standingOf(state, worked);
      expect(statusLines(state, standing, event.at).join('\n')).not.toMatch(/undefined|NaN/);
      expect(summaryLines(state, standing, []).join('\n')).not.toMatch(/undefined|NaN/);
    }
    expect(document).not.toMatch(/undefined|NaN|Infinity|\[object/);
  }
}

test('of a release that the watch took back, every prefix has a draft whose numbers are in the log', async () => {
  const rig = makeRig();
  await rig.deploy('2.0.1');
  const events = await rig.events();
  const state = fold(events);
  expect(needsPostMortem(state)).toBe(true);
  expect(postMortem(state, events)).toMatch(/decision → 1\.9\.0 alone \| \d/);
  const read = readWatch(state);
  if (read.kind !== 'read') throw new Error(`the watch is ${read.kind}`);
  expect(watchChart(state, events, read.watch)).toContain('the evidence suffices for a roll-back: ');
  everyPrefix(events);
});

test('of a release whose database was restored too, with what was out of service and given up', async () => {
  const rig = makeRig({ database: database.url, clock });
  rig.rehearsals.shows = { ...rig.rehearsals.shows, wayBack: RESTORE };
  rig.store.written = 3;
  expect(await rig.deploy('2.0.1', { desk })).toMatchObject({ outcome: 'rolled-back' });
  const events = await rig.events();
  const document = postMortem(fold(events), events);
  expect(document).toMatch(/first replica back \| \d/);
  expect(document).toContain('| app.public.things | 3 | 0 | 0 |');
  expect(document).toContain('- Accepted beforehand: a loss of up to 1 min, by Edsger: the column has to go');
  everyPrefix(events);
});

test('of a migration that broke off: the old version was never replaced, and nothing claims to have measured it', async () => {
  const rig = makeRig({ database: database.url, clock });
  rig.schema.stopsAt = '0003a';
  expect(await rig.deploy('2.0.0', { desk })).toMatchObject({ outcome: 'rolled-back' });
  const events = await rig.events();
  const document = postMortem(fold(events), events);
  expect(document).toContain('| decision → 1.9.0 alone | no replica had to be replaced |');
  expect(document).toContain('the system was not halted');
  everyPrefix(events);
});

test('of a release that nobody took back, and of one that has a little of everything', async () => {
  const rig = makeRig();
  await rig.deploy('2.0.0');
  everyPrefix(await rig.events());
  everyPrefix(logOf([opened(), ...story('orders cannot be made')]));
});

test('a number that is not in the log would be found', () => {
  const known = new Known();
  const events = logOf([opened(), ...story('orders cannot be made')]);
  for (const event of events) known.learn(event);
  const document = postMortem(fold(events), events);
  expect(known.strangers(`${document} 4711`, computedFrom(events))).toEqual(['4711']);
});
