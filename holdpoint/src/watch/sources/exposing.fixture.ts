import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digest, replicaId } from '../../kernel/ids.ts';
import type { Replica } from '../../targets/target.ts';

export interface Served {
  readonly status: number;
  readonly milliseconds: number;
  readonly route?: string;
}

const EDGES = [100, 250, 500, 1_000];

/** A process that serves requests and tells its own metrics at an address that it keeps; at first it is not there. */
export interface Exposing {
  readonly replica: Replica;
  runs(): boolean;
  start(): void;
  /** Its counters begin anew, and it tells so. */
  restart(): void;
  stop(): void;
  serve(requests: readonly Served[]): void;
  /** Metrics as they are to be told from now on, made of those that would have been told. */
  change(how: (text: string) => string): void;
  close(): Promise<void>;
}

export async function exposing(name: string, version = '2.0.0', service = 'backend'): Promise<Exposing> {
  let running = false;
  let startedAt = Math.floor(Date.now() / 1_000);
  let counts = new Map<string, number>();
  let how = (text: string) => text;
  const server: Server = createServer((_, response) => {
    if (!running) return void response.destroy();
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.setHeader('connection', 'close');
    response.end(how(textOf(counts, startedAt)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    replica: {
      id: replicaId(name),
      service,
      revision: { version, digest: digest(version) },
      state: 'ready',
      address: `127.0.0.1:${port}`,
      routed: true,
      startedAt: 0,
    },
    runs: () => running,
    start: () => {
      running = true;
    },
    restart: () => {
      // Told apart by seconds.
      startedAt += 10;
      counts = new Map();
    },
    stop: () => {
      running = false;
    },
    serve: (requests) => {
      for (const request of requests) count(counts, request);
    },
    change: (changed) => {
      how = changed;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function count(counts: Map<string, number>, { status, milliseconds, route = '/' }: Served): void {
  const add = (series: string, more = 1) => counts.set(series, (counts.get(series) ?? 0) + more);
  add(`http_requests_total{route="${route}",status="${status}"}`);
  const bucket = (edge: string) => `http_request_duration_seconds_bucket{route="${route}",le="${edge}"}`;
  for (const edge of EDGES) add(bucket(String(edge / 1_000)), milliseconds <= edge ? 1 : 0);
  add(bucket('+Inf'));
  add(CPU, 0.01);
}

const CPU = 'process_cpu_seconds_total';

function textOf(counts: ReadonlyMap<string, number>, startedAt: number): string {
  return [
    '# TYPE http_requests_total counter',
    '# TYPE http_request_duration_seconds histogram',
    ...[...counts].map(([series, count]) => `${series} ${count}`),
    ...(counts.has(CPU) ? [] : [`${CPU} 0`]),
    '# TYPE process_resident_memory_bytes gauge',
    'process_resident_memory_bytes 400',
    '# TYPE process_start_time_seconds gauge',
    `process_start_time_seconds ${startedAt}`,
    '',
  ].join('\n');
}

/** Those parts of a rig for the contract that do not depend on who reads the metrics. */
export function exposingReplicas(next: (version?: string) => Promise<Exposing> = anotherReplica) {
  const all: Exposing[] = [];
  const of = (replica: Replica): Exposing => {
    const found = all.find((one) => one.replica.id === replica.id);
    if (found === undefined) throw new Error(`there is no ${replica.id}`);
    return found;
  };
  return {
    start: async (version?: string) => {
      const one = await next(version);
      all.push(one);
      one.start();
      return one.replica;
    },
    runs: (replica: Replica) => of(replica).runs(),
    serve: async (replica: Replica, requests: readonly Served[]) => of(replica).serve(requests),
    restart: async (replica: Replica) => of(replica).restart(),
    stop: async (replica: Replica) => of(replica).stop(),
    garble: async (replica: Replica) =>
      of(replica).change((text) => text.replaceAll(/^(http_.*) \d+$/gm, '$1 NaN')),
    mend: async (replica: Replica) => of(replica).change((text) => text),
    repeat: async (replica: Replica) =>
      of(replica).change((text) => text.replaceAll(/^(http_requests_total.*)$/gm, '$1\n$1')),
    close: async () => {
      await Promise.all(all.splice(0).map((one) => one.close()));
    },
  };
}

let named = 0;
function anotherReplica(version?: string): Promise<Exposing> {
  named += 1;
  return exposing(`backend-${named}`, version);
}
