import type { RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { Check, Probe, Subject } from '../checks/check.ts';
import { look, probe, replica, service, subject } from '../checks/subject.fixture.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { digest, replicaId } from '../kernel/ids.ts';
import type { Evidence } from '../kernel/verdict.ts';
import { systemClock } from '../system/clock.ts';
import type { Replica } from '../targets/target.ts';
import { verifyChecks } from './checks.ts';
import type { VerifyParts } from './parts.ts';

export const NEW = { version: '2.0.0', digest: digest('2'.repeat(64)) };
export const OLD = { version: '1.9.0', digest: digest('1'.repeat(64)) };
export const real: Probe = { ...probe(), clock: systemClock };

export interface Given {
  readonly replicas?: readonly Replica[];
  readonly subject?: Parameters<typeof subject>[0];
  readonly logs?: (id: string) => readonly string[];
  readonly journey?: (id: string) => Evidence;
  /** What ran before, where the way back is verified. */
  readonly revision?: typeof NEW;
}

/** Runs one verification by its name, against a target that answers as given. */
export async function verify(name: string, given: Given = {}, with_: Probe = real): Promise<Evidence> {
  const parts: VerifyParts = {
    target: {
      resolve: async () => NEW,
      inspect: async () => ({ at: 0, replicas: given.replicas ?? [] }),
      logs: async (id) => given.logs?.(id) ?? [],
    },
    ...(given.revision === undefined ? {} : { revision: given.revision }),
    runJourney: async (id) => {
      if (given.journey === undefined) throw new HoldpointError('not-found', `no journey is called '${id}'`);
      return given.journey(id);
    },
  };
  const check: Check | undefined = verifyChecks(parts).find(({ id }) => id === `verify.${name}`);
  if (check === undefined) throw new Error(`no check verify.${name}`);
  return await look(check, asked(given), with_);
}

const asked = (given: Given): Subject => subject({ services: [BACKEND], ...given.subject });
export const BACKEND = service('backend', {
  replicas: 2,
  paths: { health: '/health', ready: '/ready', metrics: '/metrics', version: '/version' },
});

export const on = (revision: typeof NEW, index: number, parts: Partial<Replica> = {}): Replica =>
  replica('backend', { id: replicaId(`backend-${index}`), revision, ...parts });

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

/** An address of this machine where nothing listens. */
export async function nobody(): Promise<string> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
}
