import { afterAll, beforeAll, expect, it } from 'vitest';
import { look, probe, replica, service, subject } from '../checks/subject.fixture.ts';
import { digest } from '../kernel/ids.ts';
import { run } from '../system/exec/run.ts';
import { startTemporaryServer, type TemporaryServer } from '../system/postgres/temporary-server.ts';
import { serve } from '../system/serve.fixture.ts';
import { databaseCheck } from './database.ts';

let server: TemporaryServer;
beforeAll(async () => {
  server = await startTemporaryServer(run);
});
afterAll(() => server.remove());

async function verify(databaseUrl: string, state: string) {
  const address = await serve((_request, response) =>
    response.end(JSON.stringify({ dependencies: { database: state } })),
  );
  const check = databaseCheck({
    target: {
      resolve: async (version) => ({ version, digest: digest('0'.repeat(64)) }),
      inspect: async () => ({ at: 0, replicas: [replica('backend', { address })] }),
      logs: async () => [],
    },
    runJourney: async () => ({ verdict: 'inconclusive', summary: '' }),
  });
  const services = [service('backend', { paths: { health: '/health' } })];
  return await look(
    check,
    subject({ databaseUrl, services, settings: { report: 'dependencies.database' } }),
    probe(),
  );
}

it('passes when a session stands and the services report one', async () => {
  expect(await verify(server.url, 'up')).toMatchObject({
    verdict: 'pass',
    summary: 'the database answers, and 1 replicas report a working session',
  });
});

it('fails when a service has lost its session though the database answers', async () => {
  expect(await verify(server.url, 'down')).toMatchObject({ verdict: 'fail' });
});

it('fails when the database lets nobody in, without showing the password', async () => {
  const evidence = await verify(server.url.replace(/:[^:@/]+@/, ':wr0ng-one@'), 'up');
  expect(evidence).toMatchObject({ verdict: 'fail' });
  expect(JSON.stringify(evidence)).not.toContain('wr0ng-one');
});
