import type { Clock } from '../kernel/clock.ts';
import { formatDuration } from '../kernel/durations.ts';
import { asHoldpointError, HoldpointError } from '../kernel/errors.ts';
import { redact } from '../kernel/redaction.ts';
import type { Journey } from '../smoke/journey.ts';
import type { JourneyReport } from '../smoke/report.ts';
import type { Http } from '../system/http.ts';
import type { Launch } from '../targets/target.ts';
import type { Cell, CellOptions, Started } from './cell/cell.ts';
import { openCell } from './cell/open.ts';
import { loginOf } from './trial-connection.ts';
import { type TrialDatabases, trialEnvironment } from './trial-environment.ts';
import { secretsIn } from './trial-secrets.ts';

/** Runs one journey against the system at an address; rejects only for an abort. */
export type RunJourney = (journey: Journey, url: string, signal: AbortSignal) => Promise<JourneyReport>;

export interface TrialRequest {
  readonly version: string;
  /** Of that version, in the order in which they are started. */
  readonly launches: readonly Launch[];
  /** Which of them; all when left out. */
  readonly services?: readonly string[] | undefined;
  /** The service that journeys talk to; the first that is routed when left out. */
  readonly entry?: string | undefined;
  readonly journeys: readonly Journey[];
  readonly runJourney: RunJourney;
  readonly databases: TrialDatabases;
  /** Variables that differ from the declared ones. */
  readonly environment: Readonly<Record<string, string>>;
  readonly isolation: CellOptions['isolation'];
  /** The program bubblewrap, where it is not the one of PATH. */
  readonly bwrap?: string;
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
export async function tryVersion(request: TrialRequest): Promise<VersionTrial> {
  const chosen = choose(request);
  const entry = entryOf(request, chosen);
  const { address, port } = loginOf(request.databases.scratch);
  const cell = await openCell({
    database: { host: address, port },
    launches: chosen,
    isolation: request.isolation,
    ...(request.bwrap === undefined ? {} : { bwrap: request.bwrap }),
    signal: request.signal,
  });
  try {
    return await tryIn(cell, chosen, entry, request);
  } finally {
    await cell.close();
  }
}

/** One service on its way through the trial. */
interface Running {
  readonly launch: Launch;
  readonly started?: Started;
  readonly startupMs?: number;
  readonly problem?: string;
}

async function tryIn(
  cell: Cell,
  chosen: readonly Launch[],
  entry: Launch | undefined,
  request: TrialRequest,
): Promise<VersionTrial> {
  const { version, environment, databases, journeys, runJourney, signal } = request;
  const launches = chosen.map((launch) => ({
    ...launch,
    environment: trialEnvironment(launch.environment, environment, databases, cell.cutOff),
  }));
  const running: Running[] = [];
  for (const launch of launches) {
    running.push(await startOne(cell, launch, request));
    if (running.at(-1)?.problem !== undefined) break;
  }
  const reports: JourneyReport[] = [];
  const port = running.find(({ launch }) => launch.service === entry?.service)?.started?.port;
  if (port !== undefined && running.every(({ problem }) => problem === undefined)) {
    const url = await cell.reach(port);
    for (const journey of journeys) reports.push(await runJourney(journey, url, signal));
  }
  const ended = await Promise.all(running.map(deathOf));
  const started = ended.every(({ problem }) => problem === undefined);
  const passed = started && reports.every(({ verdict }) => verdict === 'pass');
  const services = await Promise.all(ended.map((one) => report(one, databases, passed)));
  return { version, cutOff: cell.cutOff, started, services, journeys: reports };
}

async function startOne(cell: Cell, launch: Launch, { http, clock, signal }: TrialRequest): Promise<Running> {
  signal.throwIfAborted();
  const began = clock.now();
  const started = await cell.start(launch).catch((error: unknown) => {
    const known = asHoldpointError(error);
    if (known.code !== 'command-failed') throw known;
    return known.message;
  });
  if (typeof started === 'string') return { launch, problem: `could not be started: ${started}` };
  const address = await cell.reach(started.port);
  const isReady = async (): Promise<boolean> => {
    if (launch.ready === undefined) return clock.now() - began >= READY_UNASKED;
    const asked = http({ url: `${address}${launch.ready}`, timeout: PROBE_WITHIN, signal });
    const status = await asked.then((answer) => answer.status).catch(() => 0);
    return status >= 200 && status < 300;
  };
  for (;;) {
    signal.throwIfAborted();
    if (await isReady()) return { launch, started, startupMs: clock.now() - began };
    if (!(await started.alive())) return { launch, started, problem: 'died before it was ready' };
    if (clock.now() - began >= launch.startWithin) {
      return { launch, started, problem: `was not ready within ${formatDuration(launch.startWithin)}` };
    }
    await clock.wait(POLL, signal);
  }
}

async function deathOf(one: Running): Promise<Running> {
  if (one.problem !== undefined || one.started === undefined || (await one.started.alive())) return one;
  return { ...one, problem: 'died while the journeys ran' };
}

async function report(
  { launch, started, startupMs, problem }: Running,
  { production, scratch }: TrialDatabases,
  passed: boolean,
): Promise<ServiceTrial> {
  const secrets = secretsIn({ ...launch.environment, production, scratch });
  const text = passed || started === undefined ? undefined : redact(await started.log(), secrets);
  return {
    service: launch.service,
    ...(startupMs === undefined ? {} : { startupMs }),
    ...(problem === undefined ? {} : { problem: redact(problem, secrets) }),
    ...(text === undefined || text === ''
      ? {}
      : { log: text.replace(/\n$/, '').split('\n').slice(-KEPT_LINES) }),
  };
}

function choose({ launches, services }: TrialRequest): readonly Launch[] {
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

function entryOf({ entry, journeys }: TrialRequest, chosen: readonly Launch[]): Launch | undefined {
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
