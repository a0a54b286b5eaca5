import { parseChecklist } from '../checklist/parse.ts';
import { sha256 } from '../kernel/canonical.ts';
import { HoldpointError } from '../kernel/errors.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { PeopleSettings } from '../signoff/settings.ts';
import { journeySchema } from '../smoke/journey.ts';
import type { MemoryMachine } from '../targets/memory/target.ts';
import type { Authority, Revision } from '../targets/target.ts';
import type { Carry } from '../watch/carry.ts';
import { agenda } from './agenda.ts';
import { type VirtualClock, virtualClock } from './clock.fixture.ts';
import { dueTimes, type RunContext } from './context.ts';
import { absentDesk, type Desk } from './desk.ts';
import type { LoggedEvent } from './events.ts';
import { openJournal } from './journal.ts';
import type { RunLog } from './log/log.ts';
import { memoryLog } from './log/memory.ts';
import { openRun } from './open-run.ts';
import type { Project } from './project.ts';
import { carryOn, type RunEnd } from './run.ts';
import { specificationSchema } from './specification/schema.ts';
import {
  BAD,
  backupStore,
  machineWith,
  NEW,
  type Network,
  networkOf,
  OLD,
  type Rehearsals,
  rehearsalsOf,
  type Schema,
  type Store,
  schemaAt,
  targetOn,
} from './system.fixture.ts';

export const RUN = 'run-1';

export const CHECKLIST = `# Release

## Before

- [ ] Variables are set <!-- holdpoint: configuration.environment -->
- [ ] The team was told <!-- holdpoint: person role=reviewer -->

## Afterwards

- [ ] All replicas run the new version <!-- holdpoint: verify.replicas -->
- [ ] The API answers <!-- holdpoint: verify.api -->
- [ ] Something can be made <!-- holdpoint: smoke.crud -->
- [ ] Few requests fail <!-- holdpoint: watch.errors -->
- [ ] Answers come quickly <!-- holdpoint: watch.latency -->
`;

const JOURNEY = {
  ...journeySchema.parse({
    id: 'smoke.crud',
    title: 'Make something',
    steps: [{ name: 'make', request: { method: 'POST', path: '/things' }, expect: { status: 200 } }],
  }),
  file: '/nowhere/crud.yaml',
};

const service = {
  command: ['node', 'server.mjs'],
  health: '/health',
  ready: '/ready',
  metrics: '/metrics',
  versionPath: '/version',
};

const specifications = new Map<string, Project['specification']>();

/** Read once for all rigs that are alike: a test of every crash makes hundreds of them. */
function specificationOf(database: string | undefined, replicas: number): Project['specification'] {
  const key = `${database} ${replicas}`;
  const known = specifications.get(key) ?? readSpecification(database, replicas);
  specifications.set(key, known);
  return known;
}

function readSpecification(database: string | undefined, replicas: number): Project['specification'] {
  const migrate = {
    up: ['migrate', 'up'],
    down: ['migrate', 'down', '{head}'],
    status: ['migrate', 'status'],
  };
  return specificationSchema.parse({
    version: 1,
    name: 'Example',
    url: 'http://app.test',
    target: {
      kind: 'process',
      releases: 'releases/{version}',
      services: {
        backend: { ...service, replicas, environment: { TOKEN: '$'.concat('{TOKEN}') } },
        worker: { ...service, routed: false },
      },
      edge: { upstreams: 'upstreams.json', status: 'http://app.test/status' },
    },
    ...(database === undefined
      ? {}
      : { database: { kind: 'postgres', url: database, data: '/nowhere', migrate } }),
    schedule: { verify: 'T+10s', smoke: 'T+1m', signoff: 'T+2m' },
    // Held only where a test asks for it: the others are about what comes before and after.
    watch: { window: '2m', interval: '15s', limits: { cpu: 'off', memory: 'off' }, rollout: 'off' },
    checks: { 'verify.api': { path: '/things' } },
  });
}

/** Answers whatever is asked, as three people who are not the same. */
export const willingDesk: Desk = {
  ...absentDesk,
  attest: async () => ({ name: 'Grace', answer: 'attest', note: 'seen' }),
  waive: async () => undefined,
  sign: async (role) => ({
    name: { deployer: 'Ada', reviewer: 'Grace', approver: 'Edsger' }[role],
    answer: 'approve',
    reason: '',
  }),
};

export interface Rig {
  readonly project: Project;
  readonly machine: MemoryMachine;
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly schema: Schema;
  readonly store: Store;
  readonly rehearsals: Rehearsals;
  readonly variables: Record<string, string | undefined>;
  /** Keys of the messages that people got, each once. */
  readonly told: Set<string>;
  /** What was done to the target without an intent in the log. */
  readonly unannounced: string[];
  /** Opens a run of a version, and takes it as far as it goes. */
  deploy(version: string, with_?: Attempt): Promise<RunEnd>;
  /** Opens the run again as another process would, and takes it on. */
  resume(with_?: Attempt): Promise<RunEnd>;
  context(with_?: Attempt): Promise<RunContext>;
  events(): Promise<readonly LoggedEvent[]>;
}

interface Attempt {
  readonly desk?: Desk;
  readonly signal?: AbortSignal;
  /** The log as this process sees it. */
  readonly log?: RunLog;
}

interface Situation {
  readonly checklist?: string;
  /** Nothing for a first deployment. */
  readonly serving?: Revision | 'nothing';
  readonly database?: string;
  /** Of the backend. */
  readonly replicas?: number;
  readonly startsAt?: number;
  readonly clock?: VirtualClock;
  /** All of the old version ends before any of the new one begins. */
  readonly recreates?: boolean;
  readonly people?: Partial<PeopleSettings>;
  readonly watch?: Partial<Project['specification']['watch']>;
  /** Milliseconds after the start of the deployment. */
  readonly schedule?: Project['specification']['schedule'];
}

/** A system in memory and everything that a release of it needs, in virtual time. */
export function makeRig(situation: Situation = {}): Rig {
  const { checklist = CHECKLIST, serving = OLD, replicas = 2, database, startsAt } = situation;
  const { clock = virtualClock(), recreates = false } = situation;
  const machine = machineWith(serving === 'nothing' ? undefined : serving, replicas);
  const network = networkOf(machine, clock);
  const schema = schemaAt('0003', '0004');
  const store = backupStore();
  const rehearsals = rehearsalsOf();
  const log = memoryLog();
  const variables: Record<string, string | undefined> = { TOKEN: 'a-long-and-random-word' };
  const told = new Set<string>();
  const unannounced: string[] = [];
  const read = specificationOf(database, replicas);
  const specification = {
    ...read,
    people: { ...read.people, ...situation.people },
    schedule: { ...read.schedule, ...situation.schedule },
    watch: { ...read.watch, ...situation.watch },
  };
  let intents: readonly string[] = [];
  let carries: readonly Carry[] = [];
  let fence = 0;
  let counter = 0;
  const notifier: Notifier = {
    name: 'people',
    notify: async ({ key, kind }) => {
      const repeated = told.has(`${kind} ${key}`);
      told.add(`${kind} ${key}`);
      return { notifier: 'people', verdict: 'pass', summary: 'told', repeated };
    },
  };
  const noteIntents = (from: RunLog): RunLog => ({
    ...from,
    async append(run, at, body, fence) {
      const event = await from.append(run, at, body, fence);
      if (body.type === 'step.intended') intents = [...intents, `${body.fence} ${body.step}`];
      return event;
    },
  });
  const project: Project = {
    specification,
    specificationFile: '/nowhere/holdpoint.yaml',
    specificationDigest: sha256('specification'),
    folder: '/nowhere',
    state: '/nowhere/.holdpoint',
    variables,
    checklist: { file: 'checklist.md', text: checklist, parsed: parseChecklist(checklist) },
    journeys: [JOURNEY],
    log,
    leases: log.leases,
    // In memory: a disk takes real time, in which virtual hours pass.
    carries: () => ({
      read: async () => carries,
      keep: async (kept) => {
        carries = kept;
      },
    }),
    target: {
      ...(recreates ? { recreates } : {}),
      ...targetOn(machine, clock, (step, authority) => {
        const announced = intents.some(
          (one) => one.startsWith(`${authority.fence} `) && one.endsWith(`/${step.name}`),
        );
        if (!announced) unannounced.push(step.name);
      }),
    },
    backup: database === undefined ? undefined : store.engine,
    rehearser: database === undefined ? undefined : rehearsals.rehearser,
    notifiers: [notifier],
    clock,
    exec: schema.exec,
    http: network.http,
    unique: () => {
      counter += 1;
      return `unique-${counter}`;
    },
    product: '0.1.0',
    close: async () => undefined,
  };
  const context = async ({
    desk = willingDesk,
    signal,
    log: own = log,
  }: Attempt = {}): Promise<RunContext> => {
    const journal = await openJournal(noteIntents(own), clock, RUN);
    const { to, from } = journal.state.opened;
    fence += 1;
    const authority: Authority = { fence, signal: signal ?? new AbortController().signal };
    return {
      project,
      journal,
      desk,
      authority,
      agenda: agenda(project.checklist.parsed, dueTimes(specification)),
      to: revisionOf(to.version),
      from: from === undefined ? undefined : revisionOf(from.version),
    };
  };
  return {
    project,
    machine,
    clock,
    network,
    schema,
    store,
    rehearsals,
    variables,
    told,
    unannounced,
    context,
    async deploy(version, attempt) {
      const by = { name: 'Ada' };
      await openRun({ ...project, log: attempt?.log ?? log }, RUN, { version, by, startsAt });
      return carryOn(await context(attempt));
    },
    resume: async (attempt) => carryOn(await context(attempt)),
    events: () => log.read(RUN),
  };
}

function revisionOf(version: string): Revision {
  const revision = [OLD, NEW, BAD].find((one) => one.version === version);
  if (revision === undefined) throw new HoldpointError('not-found', version);
  return revision;
}

/** Which versions serve, and with how many replicas. */
export function serving({ machine }: Rig): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { revision, state } of machine.world.replicas) {
    if (state === 'ready') counts[revision.version] = (counts[revision.version] ?? 0) + 1;
  }
  return counts;
}
