import { createServer } from 'node:net';
import type { Backup, DatabaseBackup } from '../backup/backup.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { digest } from '../kernel/ids.ts';
import type { Rehearsal, Rehearser } from '../rehearsal/rehearsal.ts';
import type { Exec } from '../system/exec/command.ts';
import type { Http, HttpResponse } from '../system/http.ts';
import { type MemoryMachine, memoryMachine, memoryTarget } from '../targets/memory/target.ts';
import { apply, roll } from '../targets/rolling/roll.ts';
import type { Authority, Revision, Target, TargetStep } from '../targets/target.ts';
import type { VirtualClock } from './clock.fixture.ts';

export const OLD = { version: '1.9.0', digest: digest('a'.repeat(64)) };
export const NEW = { version: '2.0.0', digest: digest('b'.repeat(64)) };
/** Answers 3 % of its requests with errors. */
export const BAD = { version: '2.0.1', digest: digest('c'.repeat(64)) };

const servicesWith = (replicas: number) => [
  { name: 'backend', replicas, routed: true },
  { name: 'worker', replicas: 1, routed: false },
];
/** How long each step of the deployment takes, in milliseconds. */
const STEP = 5_000;

/** A machine on which a version serves, or nothing where it is the first deployment. */
export function machineWith(before: Revision | undefined, replicas: number): MemoryMachine {
  const services = servicesWith(replicas);
  const machine = memoryMachine(services, [OLD, NEW, BAD]);
  if (before === undefined) return machine;
  machine.world = roll(services, machine.world, before).reduce(
    (now, step) => apply(step, now),
    machine.world,
  );
  return machine;
}

/** The memory target in virtual time, with replicas that have addresses and logs. */
export function targetOn(
  machine: MemoryMachine,
  clock: VirtualClock,
  before: (step: TargetStep, authority: Authority) => void,
): Target {
  const target = memoryTarget(machine);
  const paths = { health: '/health', ready: '/ready', metrics: '/metrics', version: '/version' };
  const declared = target.declared.map((service) => {
    const environment: Record<string, string> =
      service.name === 'backend' ? { TOKEN: '$'.concat('{TOKEN}') } : {};
    return { ...service, paths, environment };
  });
  return {
    ...target,
    declared,
    async inspect(signal) {
      const { replicas } = await target.inspect(signal);
      const addressed = replicas.map((replica) => ({ ...replica, address: `${replica.id}.test` }));
      return { at: clock.now(), replicas: addressed };
    },
    async perform(step, authority) {
      before(step, authority);
      await clock.wait(STEP, authority.signal);
      machine.world = { ...machine.world, at: clock.now() };
      return target.perform(step, authority);
    },
    logs: async () => ['{"level":"info"}'],
  };
}

export interface Network {
  readonly http: Http;
  /** The share of requests that each version answers with an error. */
  readonly errors: Map<string, number>;
  /** Statuses that are not what they should be, by version and path: `2.0.0 /things`. */
  readonly broken: Map<string, number>;
  /** Paths of the replicas that nobody answers any more. */
  readonly silent: Set<string>;
  /** Requests a second that each replica says to have answered, since it was started. */
  readonly traffic: { perSecond: number };
}

/** What the system answers, at its replicas (`ID.test`) and at its public address (`app.test`). */
export function networkOf(machine: MemoryMachine, clock: VirtualClock): Network {
  const errors = new Map([[BAD.version, 0.03]]);
  const broken = new Map<string, number>();
  const silent = new Set<string>();
  const traffic = { perSecond: 50 };
  /** Requests that came through the public address, by replica. */
  const came = new Map<string, number>();
  let turn = 0;
  const http: Http = async ({ url, signal }) => {
    signal?.throwIfAborted();
    const { hostname, pathname } = new URL(url);
    const { replicas } = machine.world;
    const routed = replicas.filter((replica) => replica.routed && replica.state === 'ready');
    turn += 1;
    const replica =
      hostname === 'app.test'
        ? routed[turn % routed.length]
        : replicas.find(({ id, state }) => hostname === `${id}.test` && state !== 'dead');
    if (replica === undefined || silent.has(pathname))
      throw new HoldpointError('unreachable', `nobody answers at ${hostname}`);
    const { version } = replica.revision;
    if (hostname === 'app.test') came.set(replica.id, (came.get(replica.id) ?? 0) + 1);
    switch (pathname) {
      case '/metrics': {
        const seconds = (clock.now() - replica.startedAt) / 1_000;
        const requests = Math.round(traffic.perSecond * seconds) + (came.get(replica.id) ?? 0);
        return answer(metrics(seconds, requests, errors.get(version) ?? 0), 'text/plain');
      }
      case '/':
        return answer('<html></html>', 'text/html');
      default:
        return answer(JSON.stringify({ version }), 'application/json', broken.get(`${version} ${pathname}`));
    }
  };
  return { http, errors, broken, silent, traffic };
}

const answer = (body: string, type: string, status = 200): HttpResponse => ({
  status,
  headers: { 'content-type': type },
  body,
  milliseconds: 1,
});

/** Of a replica that was started so long ago. */
function metrics(seconds: number, requests: number, share: number): string {
  const failed = Math.round(requests * share);
  return [
    `http_requests_total{status="200"} ${requests - failed}`,
    `http_requests_total{status="500"} ${failed}`,
    ...['0.1', '1', '+Inf'].map((edge) => `http_request_duration_seconds_bucket{le="${edge}"} ${requests}`),
    `http_request_duration_seconds_count ${requests}`,
    `process_cpu_seconds_total ${seconds * 0.2}`,
    '',
  ].join('\n');
}

export interface Schema {
  current: string;
  readonly head: string;
  /** Where `up` stops, and fails, instead of at the head. */
  stopsAt?: string;
  readonly ran: string[];
  readonly exec: Exec;
}

/** A migration tool and its database: `migrate status`, `migrate up`, `migrate down HEAD`. */
export function schemaAt(current: string, head: string): Schema {
  const schema: Schema = {
    current,
    head,
    ran: [],
    exec: async ({ args: [verb = '', to = ''] }, { signal }) => {
      signal?.throwIfAborted();
      if (verb !== 'status') schema.ran.push([verb, to].join(' ').trim());
      if (verb === 'up') schema.current = schema.stopsAt ?? schema.head;
      if (verb === 'down') schema.current = to;
      const pending = schema.current === schema.head ? [] : [schema.head];
      const exitCode = verb === 'up' && schema.stopsAt !== undefined ? 1 : 0;
      const stdout = JSON.stringify({ current: schema.current, pending, head: schema.head });
      return { exitCode, stdout, stderr: '', milliseconds: 1, timedOut: false };
    },
  };
  return schema;
}

export interface Store {
  readonly backups: Backup[];
  readonly engine: DatabaseBackup;
  sound: boolean;
  /** Rows that were written since any backup. */
  written: number;
  /** The effects of putting a backup in place of the data, in order. */
  readonly restored: string[];
}

export interface Rehearsals {
  readonly rehearser: Rehearser;
  /** What the next one shows. */
  shows: Rehearsal;
  count: number;
}

/** Rehearsals that show whatever they are told to; at first, that the old version survives. */
export function rehearsalsOf(): Rehearsals {
  const rehearsals: Rehearsals = {
    shows: {
      evidence: { verdict: 'pass', summary: 'the migration took 1 s' },
      wayBack: { kind: 'code-only', reasons: ['the old version ran on the migrated copy'] },
    },
    count: 0,
    rehearser: {
      async rehearse({ signal }) {
        signal.throwIfAborted();
        rehearsals.count += 1;
        return rehearsals.shows;
      },
    },
  };
  return rehearsals;
}

/** Backups that are made and proven at once. */
export function backupStore(): Store {
  const store: Store = {
    backups: [],
    sound: true,
    written: 0,
    restored: [],
    engine: {
      async create(run, signal) {
        signal?.throwIfAborted();
        const id = `backup-${store.backups.length + 1}`;
        const consistencyPoint = { lsn: '0/3000158', timeline: 1, at: 0 };
        const parts = {
          bytes: 1_000,
          databases: ['app'],
          digest: digest('d'.repeat(64)),
          provenAt: undefined,
        };
        const backup = { id, run, consistencyPoint, ...parts };
        store.backups.unshift(backup);
        return backup;
      },
      list: async () => store.backups,
      verify: async () => ({ verdict: 'pass', summary: 'whole' }),
      prove: async () => ({
        evidence: store.sound
          ? { verdict: 'pass', summary: 'restored' }
          : { verdict: 'fail', summary: 'a table cannot be read' },
      }),
      withRestored: () => Promise.reject(new HoldpointError('internal', 'nobody should ask for it')),
      retain: async () => [],
      lossSince: async () => ({
        milliseconds: 60_000,
        rows: store.written,
        tables:
          store.written === 0
            ? []
            : [{ table: 'app.public.things', inserted: store.written, updated: 0, deleted: 0 }],
      }),
      restoring: async (id) =>
        (['lay-beside', 'stop-server', 'swap', 'start-server', 'compare'] as const).map((name) => ({
          name,
          title: `${name} ${id}`,
          async perform(signal) {
            signal.throwIfAborted();
            if (!store.restored.includes(name)) store.restored.push(name);
            return `${name} done`;
          },
          found: async () => (store.restored.includes(name) ? `${name} stands` : undefined),
        })),
    },
  };
  return store;
}

/** A server that lets anybody in and answers every query with nothing; yields its connection string. */
export async function easyPostgres(clock: VirtualClock): Promise<{ url: string; close(): Promise<void> }> {
  const ready = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
  const welcome = Buffer.concat([Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]), ready]);
  const nothing = Buffer.concat([Buffer.from([0x49, 0, 0, 0, 4]), ready]);
  const server = createServer((socket) => {
    const release = clock.hold();
    socket.on('close', release).on('error', () => undefined);
    socket.once('data', () => socket.write(welcome));
    socket.on('data', (data) => {
      if (data[0] === 0x51) socket.write(nothing);
      if (data[0] === 0x58) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `postgres://ada@127.0.0.1:${port}/app?sslmode=disable`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
