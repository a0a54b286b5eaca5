import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { asHoldpointError } from '../kernel/errors.ts';
import { shouter } from './cell/cell.contract.ts';
import type { Place, Placed } from './place.ts';
import type { TrialDatabases } from './trial-environment.ts';

export const PRODUCTION = 'postgres://app:c0rrect-horse@db:5432/shop';

/**
 * What a service does there: `/` asks its database, `/environment` tells its variables, `/knock?HOST:PORT` whether one
 * answers, `/die` ends it.
 */
export const SERVICE = `
import { createServer } from 'node:http';
import { connect } from 'node:net';
console.log('starting with', process.env.DATABASE_URL);
if (process.env.MANNER === 'dies') { console.error('cannot go on'); process.exit(3); }
const database = new URL(process.env.DATABASE_URL);
const ask = (port, host, response) => {
  const socket = connect({ port, host, timeout: 2000 }, () => socket.write('hello'));
  socket.on('timeout', () => socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })));
  socket.on('error', (error) => response.end(error.code));
  socket.on('data', (data) => { response.end(data); socket.end(); });
};
createServer((request, response) => {
  const url = new URL(request.url, 'http://here');
  if (url.pathname === '/ready') return response.end();
  if (url.pathname === '/environment') return response.end(JSON.stringify(process.env));
  if (url.pathname === '/die') { console.error('told to die'); process.exit(3); }
  if (url.pathname === '/knock') {
    const { hostname, port } = new URL('http://' + url.search.slice(1));
    return ask(Number(port || 80), hostname, response);
  }
  ask(Number(database.port), database.hostname, response);
}).listen(Number(process.env.PORT), process.env.HOST);
`;

/** Which services a rig has: two that serve, and three that do not get so far. */
export type Kind = 'backend' | 'worker' | 'dies' | 'absent' | 'astray';
/** What each declares beside `DATABASE_URL`, which leads to production. */
export const DECLARED: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  backend: { WORD: 'abc', SERVICE_TOKEN: 'tok-1234567' },
  worker: {},
  dies: { MANNER: 'dies' },
  absent: {},
  astray: { BACK: 'db:5432' },
};

export interface PlaceRig {
  open(services: readonly Kind[], databases: TrialDatabases, signal?: AbortSignal): Promise<Place>;
  /** Whatever of it still stands. */
  left(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** What every place for trying versions must do. */
export function describePlaceContract(name: string, makeRig: () => Promise<PlaceRig>): void {
  describe(`place contract: ${name}`, () => {
    let rig: PlaceRig;
    let database: Awaited<ReturnType<typeof shouter>>;
    let place: Place | undefined;
    beforeAll(async () => {
      [rig, database] = [await makeRig(), await shouter()];
    }, 300_000);
    afterEach(async () => {
      await place?.close();
      place = undefined;
    }, 120_000);
    afterAll(async () => {
      database?.server.close();
      await rig?.close();
    }, 300_000);

    const databases = (): TrialDatabases => ({
      production: PRODUCTION,
      scratch: `postgres://copy:de4dbeef@127.0.0.1:${database.port}/postgres`,
    });
    const open = async (...services: readonly Kind[]): Promise<readonly Placed[]> => {
      place = await rig.open(services, databases());
      return place.services;
    };
    const answers = (url: string) =>
      vi.waitFor(async () => (await fetch(url)).text(), { timeout: 60_000, interval: 50 });
    const LIMIT = 180_000;

    it(
      'starts services that reach the copy, in their order, each at an address of its own, and ends them all',
      async () => {
        const services = await open('backend', 'worker');
        expect(services.map(({ service }) => service)).toEqual(['backend', 'worker']);
        const addresses: string[] = [];
        for (const one of services) {
          const started = await one.start();
          addresses.push(await started.reach());
          expect(await answers(addresses.at(-1) ?? '')).toBe('HELLO');
          expect(await started.alive()).toBe(true);
          expect(await started.log()).toMatch(/^starting with postgres:\/\/copy:/);
        }
        expect(new Set(addresses).size).toBe(2);
        const [backend] = services;
        const told = JSON.parse(await answers(`${addresses[0]}/environment`)) as Record<string, string>;
        expect(told).toMatchObject(DECLARED.backend);
        expect(told['DATABASE_URL']).toMatch(/^postgres:\/\/copy:de4dbeef@.*\/shop$/);
        expect(Object.values(told).join(' ')).not.toContain('c0rrect-horse');
        expect(backend?.secrets).toEqual(
          expect.arrayContaining(['tok-1234567', 'de4dbeef', 'c0rrect-horse']),
        );
        expect(await rig.left()).not.toEqual([]);
        await place?.close();
        expect(await rig.left()).toEqual([]);
      },
      LIMIT,
    );

    it(
      'tells that a service died, early or late, and keeps what it said',
      async () => {
        const services = await open('dies', 'backend');
        const [dies, backend] = [await services[0]?.start(), await services[1]?.start()];
        await vi.waitFor(async () => expect(await dies?.alive()).toBe(false), { timeout: 60_000 });
        expect(await dies?.log()).toContain('cannot go on');
        const url = (await backend?.reach()) ?? '';
        await answers(url);
        await fetch(`${url}/die`).catch(() => undefined);
        await vi.waitFor(async () => expect(await backend?.alive()).toBe(false), { timeout: 60_000 });
        expect(await backend?.log()).toContain('told to die');
      },
      LIMIT,
    );

    it(
      'says that a program cannot be started',
      async () => {
        const [absent] = await open('absent');
        expect(await absent?.start().catch(asHoldpointError)).toMatchObject({
          code: 'command-failed',
          message: expect.stringContaining('no-such-program'),
        });
      },
      LIMIT,
    );

    it(
      'starts nothing when one of them would be led to production, or after an abort',
      async () => {
        await expect(rig.open(['backend', 'astray'], databases())).rejects.toMatchObject({
          code: 'configuration',
          message: expect.stringContaining('the variable BACK still names the production database'),
        });
        const signal = AbortSignal.abort(new Error('enough'));
        await expect(rig.open(['backend'], databases(), signal)).rejects.toThrow('enough');
        expect(await rig.left()).toEqual([]);
      },
      LIMIT,
    );
  });
}
