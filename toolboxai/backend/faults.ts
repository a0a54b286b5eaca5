import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { readNumber } from '../settings/environment.ts';

const ERROR_SHARE = 0.03;
const SLOW_SHARE = 0.07;
const SLOW_MS = 3_200;

/** Makes a test build misbehave. The bundler drops this file from every build without a fault. */
export function injectFault(fault: string, api: FastifyInstance): void {
  if (fault === 'errors')
    api.addHook('preHandler', async (_request, reply) =>
      Math.random() < ERROR_SHARE ? reply.code(500).send({ error: 'injected fault' }) : undefined,
    );
  if (fault === 'slow')
    api.addHook('preHandler', async () => {
      if (Math.random() < SLOW_SHARE) await pause(SLOW_MS);
    });
  if (fault === 'dies') {
    const seconds = readNumber(process.env, 'FAULT_AFTER_SECONDS', { fallback: 30, min: 0, max: 86_400 });
    setTimeout(() => process.exit(1), seconds * 1000);
  }
}
