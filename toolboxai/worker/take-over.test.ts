import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../test-rig/processes.ts';
import { type System, startSystem } from '../test-rig/system.ts';

let system: System;
let token: string;
let completion: Server;
const held: ServerResponse[] = [];
let hold = true;

beforeAll(async () => {
  system = await startSystem();
  const backend = await system.processes.serve('backend/main.ts');
  await system.route([backend.address]);
  token = await system.logIn();
  completion = createServer((request, response) => {
    request.resume();
    if (hold) held.push(response);
    else response.end(JSON.stringify({ choices: [{ message: { content: 'a completion' } }] }));
  });
  await new Promise<void>((resolve) => completion.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  completion?.closeAllConnections();
  completion?.close();
  await system?.stop();
});

function startWorker() {
  const address = completion.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return system.processes.serve('worker/main.ts', {
    COMPLETION_URL: `http://127.0.0.1:${port}/v1`,
    LEASE_SECONDS: '1',
    DRAIN_SECONDS: '2',
  });
}

async function startRun(): Promise<() => Promise<Record<string, unknown>>> {
  const tool = await system.call(token, 'POST', '/api/tools', {
    name: 'Ask',
    kind: 'completion',
    prompt: 'Say.',
  });
  const uploadId = await system.upload(token, 'text');
  const run = await system.call(token, 'POST', '/api/runs', { toolId: tool.body.id, uploadId });
  return async () => (await system.call(token, 'GET', `/api/runs/${run.body.id}`)).body;
}

it('a run of a killed worker is taken over once its lease is over', async () => {
  hold = true;
  const first = await startWorker();
  const read = await startRun();
  await until('the first worker is at it', () => held.length > 0);
  first.signal('SIGKILL');
  await first.exited;
  hold = false;
  const second = await startWorker();
  const done = await until('the run is done', async () =>
    (await read())['state'] === 'done' ? read() : null,
  );
  expect(done).toMatchObject({ attempts: 2, result: { text: 'a completion' } });
  expect(await (await fetch(`${second.url}/metrics`)).text()).toContain(
    'jobs_processed_total{outcome="done"} 1',
  );
  second.signal('SIGTERM');
  expect(await second.exited).toBe(0);
});

it('a worker that must stop puts an unfinished run back, without counting the attempt', async () => {
  hold = true;
  held.length = 0;
  const worker = await startWorker();
  const read = await startRun();
  await until('the worker is at it', () => held.length > 0);
  worker.signal('SIGTERM');
  expect(await worker.exited).toBe(0);
  expect(await read()).toMatchObject({ state: 'queued', attempts: 0 });
});

it('a run that keeps failing is given up with its reason', async () => {
  hold = true;
  completion.prependListener(
    'request',
    (_request, response: ServerResponse) => void response.writeHead(500).end(),
  );
  const worker = await startWorker();
  const read = await startRun();
  const failed = await until('the run has failed', async () =>
    (await read())['state'] === 'failed' ? read() : null,
  );
  expect(failed).toMatchObject({ attempts: 3, error: 'the completion endpoint answered 500' });
  worker.signal('SIGTERM');
  await worker.exited;
});
