import { expect, test } from 'vitest';
import { digest, replicaId } from '../kernel/ids.ts';
import type { Replica } from '../targets/target.ts';
import { NO_HISTORY } from '../watch/history.ts';
import type { Recorder } from '../watch/recorder.ts';
import { objectivesOf, watchSettings } from '../watch/settings.ts';
import type { Source } from '../watch/sources/source.ts';
import type { RunContext } from './context.ts';
import type { EventBody } from './events.ts';
import { agreeOnTerms } from './guard-terms.ts';
import type { Watching } from './watching.ts';

const OLD = { version: '1.9.0', digest: digest('bb') };
const SERVING: Replica = {
  id: replicaId('backend-1'),
  service: 'backend',
  revision: OLD,
  state: 'ready',
  routed: true,
  startedAt: 0,
};
const settings = watchSettings.parse({});
const hour = (events: number) => Array.from({ length: 60 }, () => ({ events, trials: 3_000 }));
const silent: Source = { look: async () => [], tails: async () => ({}) };

function setUp(more: {
  source?: Source;
  terms?: unknown;
  replicas?: readonly Replica[];
  from?: typeof OLD | null;
}) {
  const events: EventBody[] = [];
  const watching: Watching = {
    settings,
    objectives: objectivesOf(settings),
    interval: 5_000,
    replicas: async () => more.replicas ?? [SERVING],
    source: more.source ?? silent,
    clock: { now: () => 10_000_000, wait: async () => {} },
    signal: new AbortController().signal,
  };
  const journal = {
    state: { watch: { blocks: [], ...(more.terms === undefined ? {} : { terms: more.terms }) } },
    record: async (event: EventBody) => {
      events.push(event);
    },
  };
  const from = more.from === null ? undefined : (more.from ?? OLD);
  const context = { journal, from } as unknown as RunContext;
  return { events, agree: (recorder?: Recorder) => agreeOnTerms(context, watching, recorder) };
}

const recorded = (counted: Record<string, ReturnType<typeof hour>>): Recorder => ({
  stop: async () => ({ ...NO_HISTORY, counted }),
});

test('the terms are logged once, and with an old version beside it the new one is compared', async () => {
  const { agree, events } = setUp({});
  const terms = await agree();
  expect(events).toMatchObject([{ type: 'watch.began', notes: [] }]);
  expect(terms.rules.objectives[0]).toMatchObject({ id: 'errors', versus: { ratio: 1.5 } });
});

test('on a first deployment there is nothing to compare with', async () => {
  const { agree } = setUp({ from: null });
  expect((await agree()).rules.objectives[0]).not.toHaveProperty('versus');
});

test('what was recorded while the release was prepared is used; what a source remembers of an hour counts more', async () => {
  const before = (terms: Awaited<ReturnType<ReturnType<typeof setUp>['agree']>>) => {
    const [errors] = terms.rules.objectives;
    return errors?.kind === 'counted' ? (errors.before ?? Number.NaN) : Number.NaN;
  };
  const seen = await setUp({}).agree(recorded({ errors: hour(6) }));
  expect(before(seen)).toBeGreaterThan(0.004);
  expect(before(seen)).toBeLessThan(0.01);
  const remembering: Source = {
    ...silent,
    history: async () => ({ counted: { errors: hour(0) }, levels: {} }),
  };
  const remembered = await setUp({ source: remembering }).agree(recorded({ errors: hour(6) }));
  expect(before(remembered)).toBeLessThan(before(seen));
});

test('terms that are in the log stay, whatever is known by now', async () => {
  const first = setUp({});
  const terms = await first.agree();
  const { agree, events } = setUp({ terms: JSON.parse(JSON.stringify(terms)) });
  expect(await agree(recorded({ errors: hour(50) }))).toStrictEqual(terms);
  expect(events).toStrictEqual([]);
});

test('a source that cannot tell of the time before is a note, and no obstacle', async () => {
  const broken: Source = {
    look: async () => [],
    tails: async () => {
      throw new Error('no histogram');
    },
    history: async () => {
      throw new Error('gone');
    },
  };
  const { agree, events } = setUp({ source: broken });
  await agree();
  expect(events).toMatchObject([
    {
      notes: [
        'the time before cannot be read: gone',
        'the latencies of the old version cannot be read: no histogram',
      ],
    },
  ]);
});
