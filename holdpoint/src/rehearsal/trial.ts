import type { Clock } from '../kernel/clock.ts';
import { formatDuration } from '../kernel/durations.ts';
import { asHoldpointError, HoldpointError } from '../kernel/errors.ts';
import { redact } from '../kernel/redaction.ts';
import type { Journey } from '../smoke/journey.ts';
import type { JourneyReport } from '../smoke/report.ts';
import type { Http } from '../system/http.ts';
import type { Tryable } from '../targets/target.ts';
import type { Place, Placed, Started } from './place.ts';

/** Runs one journey against the system at an address; rejects only for an abort. */
export type RunJourney = (journey: Journey, url: string, signal: AbortSignal) => Promise<JourneyReport>;

export interface TrialRequest<One extends Tryable> {
  readonly version: string;
  /** Of that version, in the order in which they are started. */
  readonly launches: readonly One[];
  /** Which of them; all when left out. */
  readonly services?: readonly string[] | undefined;
  /** The service that journeys talk to; the first that is routed when left out. */
  readonly entry?: string | undefined;
  readonly journeys: readonly Journey[];
  readonly runJourney: RunJourney;
  /** Makes the place where those that were chosen are started. */
  readonly open: (chosen: readonly One[]) => Promise<Place>;
  readonly http: Http;
  /** Real time: it limits waiting for real processes. */
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface ServiceTrial {
  readonly service: string;
  /** Milliseconds from its start until it was ready; absent when it never was. */
  readonly startupMs?: number;
  /** How it failed, without secrets: `died before it was ready`. */
  readonly problem?: string;
  /** The last lines of its log, without secrets, where anything in the trial did not pass. */
  readonly log?: readonly string[];
}

/** What one version did on the copy. */
export interface VersionTrial {
  readonly version: string;
  /** Whether it could reach nothing but the copy. */
  readonly cutOff: boolean;
  /** Every service got ready, and lived until the end. */
  readonly started: boolean;
  /** In the order of their start, up to the first that failed. */
  readonly services: readonly ServiceTrial[];
  /** Empty when not every service got ready. */
  readonly journeys: readonly JourneyReport[];
}

const KEPT_LINES = 40;
const POLL = 50;
const PROBE_WITHIN = 2_000;
/** Milliseconds after which a service without a `ready` path counts as ready while it lives. */
const READY_UNASKED = 1_000;

/**
 * Starts one replica of each service on the copy, runs the journeys, and stops everything. What the version does is a
 * result. Throws `configuration` when it cannot be cut off, or would be led to production; the signal's reason on abort.
 */
export async function tryVersion<One extends Tryable>(request: TrialRequest<One>): Promise<VersionTrial> {
  const chosen = choose(request);
  const entry = entryOf(request, chosen);
  const place = await request.open(chosen);
  try {
    return await tryIn(place, entry, request);
  } finally {
    await place.close();
  }
}

/** What a trial needs once there is a place for it. */
type Trying = Omit<TrialRequest<Tryable>, 'launches' | 'open' | 'services' | 'entry'>;

/** One service on its way through the trial. */
interface Running {
  readonly placed: Placed;
  readonly started?: Started;
  readonly startupMs?: number;
  readonly problem?: string;
}

async function tryIn(place: Place, entry: Tryable | undefined, request: Trying): Promise<VersionTrial> {
  const { version, journeys, runJourney, signal } = request;
  const running: Running[] = [];
  for (const placed of place.services) {
    running.push(await startOne(placed, request));
    if (running.at(-1)?.problem !== undefined) break;
  }
  const reports: JourneyReport[] = [];
  const asked = running.find(({ placed }) => placed.service === entry?.service)?.started;
  if (asked !== undefined && running.every(({ problem }) => problem === undefined)) {
    const url = await asked.reach();
    for (const journey of journeys) reports.push(await runJourney(journey, url, signal));
  }
  const ended = await Promise.all(running.map(deathOf));
  const started = ended.every(({ problem }) => problem === undefined);
  const passed = started && reports.every(({ verdict }) => verdict === 'pass');
  const services = await Promise.all(ended.map((one) => report(one, passed)));
  return { version, cutOff: place.cutOff, started, services, journeys: reports };
}

async function startOne(placed: Placed, { http, clock, signal }: Trying): Promise<Running> {
  signal.throwIfAborted();
  const began = clock.now();
  const started = await placed.start().catch((error: unknown) => {
    const known = asHoldpointError(error);
    if (known.code !== 'command-failed') throw known;
    return known.message;
  });
  if (typeof started === 'string') return { placed, problem: `could not be started: ${started}` };
  const { ready, startWithin } = placed;
  const address = ready === undefined ? undefined : await started.reach();
  const isReady = async (): Promise<boolean> => {
    if (address === undefined) return (await started.healthy?.()) ?? clock.now() - began >= READY_UNASKED;
    const asked = http({ url: `${address}${ready}`, timeout: PROBE_WITHIN, signal });
    const status = await asked.then((answer) => answer.status).catch(() => 0);
    return status >= 200 && status < 300;
  };
  for (;;) {
    signal.throwIfAborted();
    if (await isReady()) return { placed, started, startupMs: clock.now() - began };
    if (!(await started.alive())) return { placed, started, problem: 'died before it was ready' };
    if (clock.now() - began >= startWithin) {
      return { placed, started, problem: `was not ready within ${formatDuration(startWithin)}` };
    }
    await clock.wait(POLL, signal);
  }
}

async function deathOf(one: Running): Promise<Running> {
  if (one.problem !== undefined || one.started === undefined || (await one.started.alive())) return one;
  return { ...one, problem: 'died while the journeys ran' };
}

async function report(
  { placed: { service, secrets }, started, startupMs, problem }: Running,
  passed: boolean,
): Promise<ServiceTrial> {
  const text = passed || started === undefined ? undefined : redact(await started.log(), secrets);
  return {
    service,
    ...(startupMs === undefined ? {} : { startupMs }),
    ...(problem === undefined ? {} : { problem: redact(problem, secrets) }),
    ...(text === undefined || text === ''
      ? {}
      : { log: text.replace(/\n$/, '').split('\n').slice(-KEPT_LINES) }),
  };
}

function choose<One extends Tryable>({ launches, services }: TrialRequest<One>): readonly One[] {
  for (const name of services ?? []) {
    if (launches.some(({ service }) => service === name)) continue;
    throw new HoldpointError(
      'configuration',
      `database.rehearsal.services names '${name}', which is no service`,
      {
        next: `Name some of ${launches.map(({ service }) => service).join(', ')}.`,
      },
    );
  }
  return launches.filter(({ service }) => services?.includes(service) ?? true);
}

function entryOf<One extends Tryable>(
  { entry, journeys }: TrialRequest<One>,
  chosen: readonly One[],
): One | undefined {
  const found =
    entry === undefined
      ? chosen.find(({ routed }) => routed)
      : chosen.find(({ service }) => service === entry);
  if (found !== undefined || journeys.length === 0) return found;
  throw new HoldpointError(
    'configuration',
    entry === undefined
      ? 'no service of the rehearsal takes requests, so that no journey can be run'
      : `database.rehearsal.entry names '${entry}', which is not started there`,
    { next: 'Name in database.rehearsal.entry a service that is started there and answers requests.' },
  );
}
