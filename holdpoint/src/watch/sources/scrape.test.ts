import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { digest, replicaId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { http } from '../../system/http.ts';
import type { Replica } from '../../targets/target.ts';
import type { Objective } from '../objective.ts';
import { edgeMeter } from './edge.ts';
import { scrape } from './scrape.ts';

const all = { services: undefined };
const OBJECTIVES: readonly Objective[] = [
  { id: 'errors', kind: 'errors', allowed: 0.01, ...all },
  { id: 'latency', kind: 'latency', series: 'duration_seconds', quantile: 0.95, limit: 1_000, ...all },
  { id: 'memory', kind: 'memory', limit: 0.8, ...all },
];

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const replicaAt = (name: string, address: string | undefined, more: Partial<Replica> = {}): Replica => ({
  id: replicaId(name),
  service: 'backend',
  revision: { version: '2.0.0', digest: digest('aa') },
  state: 'ready',
  routed: true,
  startedAt: 0,
  ...(address === undefined ? {} : { address }),
  ...more,
});

const source = scrape({
  services: { backend: { metrics: '/metrics', probes: ['/ready'], memoryLimit: 1_000 } },
  objectives: OBJECTIVES,
  series: { requests: 'http_requests_total', status: 'status' },
  timeout: 300,
  http,
  clock: systemClock,
});

test('replicas are read side by side, and one that hangs, refuses or fails is a sample without an answer', async () => {
  const good = await serve((request, response) => {
    response.end(
      request.url === '/metrics'
        ? 'http_requests_total{status="200"} 5\nprocess_resident_memory_bytes 400\n'
        : 'elsewhere 1\n',
    );
  });
  const hanging = await serve(() => undefined);
  const failing = await serve((_, response) => response.writeHead(500).end());
  const page = await serve((_, response) => response.end('<html>'));
  const closed = await serve(() => undefined);
  servers.pop()?.close();

  const samples = await source.look(
    [
      replicaAt('good', good),
      replicaAt('hanging', hanging),
      replicaAt('failing', failing),
      replicaAt('page', page),
      replicaAt('closed', closed),
      replicaAt('homeless', undefined),
      replicaAt('dead', good, { state: 'dead' }),
      replicaAt('worker-1', good, { service: 'worker' }),
    ],
    {},
  );
  const answers = Object.fromEntries(samples.map(({ replica, answer }) => [replica, answer]));
  expect(Object.keys(answers)).toStrictEqual(['good', 'hanging', 'failing', 'page', 'closed', 'homeless']);
  expect(answers['good']).toMatchObject({
    kind: 'answer',
    readings: { errors: { trials: 5, events: 0 }, memory: { level: 0.4 } },
  });
  const reason = (text: string) => ({ kind: 'no answer', reason: expect.stringContaining(text) });
  expect(answers['hanging']).toMatchObject(reason('within 300 ms'));
  expect(answers['failing']).toMatchObject(reason('/metrics answers 500'));
  expect(answers['page']).toMatchObject(reason('has no metrics'));
  expect(answers['closed']).toMatchObject(reason('cannot be reached'));
  expect(answers['homeless']).toMatchObject(reason('no address'));
});

test('when the watch is stopped, looking stops with the reason', async () => {
  const hanging = await serve(() => undefined);
  const stopping = new AbortController();
  const looking = source.look([replicaAt('hanging', hanging)], {}, stopping.signal);
  stopping.abort(new Error('stopped'));
  await expect(looking).rejects.toThrow('stopped');
});

test('latencies are cut where the slow end of these replicas begins, and counted there', async () => {
  const text = ['0.1} 900', '0.25} 960', '0.5} 985', '1} 995', '+Inf} 1000']
    .map((line) => `duration_seconds_bucket{le="${line.replace('}', '"}')}\n`)
    .join('');
  const address = await serve((_, response) => response.end(text));
  const old = [replicaAt('old', address)];
  const tails = await source.tails(old);
  expect(tails).toStrictEqual({ latency: [250, 1_000] });
  const [sample] = await source.look(old, tails);
  expect(sample?.answer).toMatchObject({
    readings: { latency: { trials: 1_000, events: 5, eventsForGood: 5, tails: [40, 5] } },
  });
});

test('a service that no objective watches is not asked', async () => {
  const watching = scrape({
    services: { backend: { metrics: '/metrics', probes: [] } },
    objectives: [{ id: 'errors', kind: 'errors', allowed: 0.01, services: ['worker'] }],
    series: { requests: 'http_requests_total', status: 'status' },
    timeout: 300,
    http,
    clock: systemClock,
  });
  expect(await watching.look([replicaAt('one', '127.0.0.1:1')], {})).toStrictEqual([]);
});

test("the edge's totals are summed over their labels; a series that is missing is an error and no zero", async () => {
  const edge = await serve((_, response) => {
    response.end(
      'edge_requests_total{s="a"} 5\nedge_requests_total{s="b"} 7\n# TYPE edge_lost_total counter\n',
    );
  });
  const meter = (lost: string) =>
    edgeMeter({ url: `http://${edge}/`, requests: 'edge_requests_total', lost, timeout: 1_000, http });
  expect(await meter('edge_lost_total')()).toStrictEqual({ requests: 12, lost: 0 });
  await expect(meter('edge_gone_total')()).rejects.toMatchObject({ code: 'evidence-missing' });
});
