import { HoldpointError } from '../kernel/errors.ts';
import type { Journey } from '../smoke/journey.ts';
import { runJourney } from '../smoke/run.ts';
import type { Http } from '../system/http.ts';
import type { RunContext } from './context.ts';
import type { Guard } from './guard.ts';
import { syntheticJourneys } from './synthetic-journeys.ts';
import { turns } from './synthetic-pace.ts';

/** Journeys that are walked beside the release to make requests where users make few. */
export interface Synthetic {
  /** Ends them: each clears up what it has made. Then what they did is recorded. */
  stop(): Promise<void>;
}

/** Requests a second for each journey that is walked at a time, and how many are at the most. */
const EACH = 4;
const MOST_AT_ONCE = 8;
/** Milliseconds that clearing up may take. */
const CLEARING = 10_000;
/** Kinds of failure that are kept in words. */
const MOST_NOTES = 5;

interface Tally {
  requests: number;
  journeys: number;
  failed: number;
  began: number | undefined;
  ended: number;
  readonly notes: Set<string>;
}

/**
 * Walks journeys through the public address until the watch has decided, with no more requests a second than declared
 * over all of them. The replicas' own metrics judge those requests as any other; what a journey expects of them is only
 * noted. Undefined where none is declared.
 */
export function startSynthetic(
  context: RunContext,
  guard: Pick<Guard, 'latest' | 'nextLook' | 'result' | 'tripped'>,
): Synthetic | undefined {
  const { project, authority } = context;
  const { watch, url } = project.specification;
  if (watch.synthetic === undefined || url === undefined) return undefined;
  const { perSecond } = watch.synthetic;
  const journeys = syntheticJourneys(watch.synthetic, project.journeys);
  const { clock, unique, variables } = project;
  const tally: Tally = { requests: 0, journeys: 0, failed: 0, began: undefined, ended: 0, notes: new Set() };
  const stopping = new AbortController();
  const cut = new AbortController();
  const stop = (): void => stopping.abort(new HoldpointError('cancelled', 'no more requests are needed'));
  void guard.result.then(stop, stop);
  const ending = AbortSignal.any([authority.signal, guard.tripped, stopping.signal]);
  const http = counted(project.http, turns(perSecond, clock), tally, clock.now, cut.signal);
  const walking = { url, clock, http, unique, variables, signal: cut.signal, ending };
  let next = 0;
  const over = aborted(ending);
  const walk = async (): Promise<void> => {
    while (!ending.aborted) {
      const verdict = guard.latest()?.verdict;
      if (verdict !== undefined && verdict !== 'undecided') {
        await Promise.race([guard.nextLook(), over]);
        continue;
      }
      const journey = journeys[next % journeys.length];
      next += 1;
      if (journey === undefined || !(await walkOnce(journey, walking, tally))) return;
    }
  };
  const atOnce = Math.min(MOST_AT_ONCE, Math.ceil(perSecond / EACH));
  const walks = Promise.all(Array.from({ length: atOnce }, walk));
  walks.catch(() => undefined);
  let stopped: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    stop();
    await inTime(walks, context, cut);
    await recordTraffic(context, tally);
  };
  return {
    stop: () => {
      stopped ??= end();
      return stopped;
    },
  };
}

/** Each request waits for its turn. One that is on its way is not broken off: what it makes could not be cleared up. */
function counted(
  http: Http,
  turn: ReturnType<typeof turns>,
  tally: Tally,
  now: () => number,
  cut: AbortSignal,
): Http {
  return async (request) => {
    await turn(request.signal ?? cut);
    tally.requests += 1;
    tally.began ??= now();
    tally.ended = now();
    return http({ ...request, signal: cut });
  };
}

/** False when the journey could not ask anything: walking it again would ask nothing either. */
async function walkOnce(
  journey: Journey,
  walking: Parameters<typeof runJourney>[1],
  tally: Tally,
): Promise<boolean> {
  const before = tally.requests;
  const report = await runJourney({ ...journey, retries: 0 }, walking);
  if (walking.ending?.aborted === true) return true;
  tally.journeys += 1;
  const stopped = report.attempts
    .at(-1)
    ?.steps.find(({ verdict }) => verdict === 'fail' || verdict === 'error');
  if (stopped !== undefined) {
    tally.failed += 1;
    if (tally.notes.size < MOST_NOTES) tally.notes.add(`${journey.id}: '${stopped.name}' ${stopped.summary}`);
  }
  return tally.requests > before;
}

/** Waits for what clears up, and not for ever. */
async function inTime(
  walks: Promise<unknown>,
  { project: { clock } }: RunContext,
  cut: AbortController,
): Promise<void> {
  const done = new AbortController();
  const late = clock.wait(CLEARING, done.signal).then(
    () => cut.abort(new HoldpointError('timeout', 'clearing up took too long')),
    () => undefined,
  );
  await walks.catch(() => undefined);
  done.abort();
  await late;
}

async function recordTraffic({ journal }: RunContext, tally: Tally): Promise<void> {
  const { requests, journeys, failed, began, ended, notes } = tally;
  if (began === undefined) return;
  const seconds = Math.max(0, ended - began) / 1_000;
  // Whoever has lost the right to write must not fail at what is for people's eyes only.
  await journal
    .record({ type: 'synthetic.ended', requests, journeys, failed, seconds, notes: [...notes] })
    .catch(() => undefined);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
