import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type ListenOptions, type Server } from 'node:net';
import { homedir, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../system/exec/run.ts';
import { withSession } from '../system/postgres/connection.ts';
import { serverLog } from '../system/postgres/server-log.ts';
import { startTemporaryServer } from '../system/postgres/temporary-server.ts';
import type { Launch } from '../targets/target.ts';
import { loginOf } from './trial-connection.ts';

/** This machine with everything on it that a rehearsal must not touch, and a copy that a rehearsal may use. */
export interface Outside {
  /** Who was reached, each once. */
  readonly reached: Set<string>;
  readonly files: readonly string[];
  readonly production: string;
  readonly scratch: string;
  readonly launch: Launch;
  /** What the service tries, by the names that it tells it under. */
  readonly attempts: readonly string[];
  /** Whether production's own log tells of the service. */
  knownToProduction(): Promise<boolean>;
  close(): Promise<void>;
}

export async function makeOutside(): Promise<Outside> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of undo.splice(0).reverse()) await one();
  };
  try {
    return { ...(await fill(undo)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function fill(undo: (() => Promise<unknown>)[]): Promise<Omit<Outside, 'close'>> {
  const reached = new Set<string>();
  const folder = async (parent: string): Promise<string> => {
    const made = await mkdtemp(join(parent, 'holdpoint-outside-'));
    undo.push(() => rm(made, { recursive: true, force: true }));
    return made;
  };
  const listen = async (server: Server, at: ListenOptions): Promise<number> => {
    server.listen(at);
    await once(server, 'listening');
    undo.push(() => new Promise((resolve) => server.close(resolve)));
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const noting = (name: string): Server =>
    createServer((socket) => {
      reached.add(name);
      socket.on('error', () => undefined).destroy();
    });

  const release = await folder(tmpdir());
  await copyFile(join(import.meta.dirname, 'cell/fixtures/stray.mjs'), join(release, 'stray.mjs'));
  const mail = { host: '127.0.0.1', port: await listen(noting('mail'), { host: '127.0.0.1', port: 0 }) };
  const hook = createHttpServer((request, response) => {
    reached.add(`webhook ${request.url}`);
    response.setHeader('connection', 'close').end();
  });
  const hookPort = await listen(hook, { host: '0.0.0.0', port: 0 });
  const hosts = ['127.0.0.1', ...otherAddresses()];

  const open = await folder(homedir());
  const places = [release, open, await folder('/run').catch(() => undefined)].flatMap((one) => one ?? []);
  const sockets = [...places.map((one) => join(one, 'outside.sock')), `@${release}`];
  for (const path of sockets) {
    await listen(noting(`socket ${path}`), { path: path.replace(/^@/, '\0') });
  }
  const hidden = await folder('/var/spool').catch(() => undefined);
  const files = [...places, ...(hidden === undefined ? [] : [hidden])].map((one) => join(one, 'stray'));

  const datagrams = createSocket('udp4', () => reached.add('datagram'));
  datagrams.bind(0, '127.0.0.1');
  await once(datagrams, 'listening');
  undo.push(async () => datagrams.close());

  const [production, scratch] = [await startTemporaryServer(run), await startTemporaryServer(run)];
  undo.push(
    () => production.remove(),
    () => scratch.remove(),
  );
  await withSession(scratch.url, { statementTimeout: 0 }, async (session) => {
    await session.query('create table orders (id serial primary key)');
    await session.query("create table jobs (url text, state text default 'pending')");
    await session.query('insert into jobs values ($1)', [`http://127.0.0.1:${hookPort}/job`]);
  });
  const { user, database } = loginOf(production.url);
  const webhooks = hosts.map((host) => `http://${host}:${hookPort}/${host}`);
  const stray = {
    pg: import.meta.resolve('pg'),
    mail,
    udp: { host: '127.0.0.1', port: datagrams.address().port },
    webhooks,
    sockets,
    files,
    // In parts: an address that leads to production as a whole would be led to the copy.
    production: { host: '127.0.0.1', port: production.port, user, password: 'guessed', database },
  };
  return {
    reached,
    files,
    production: production.url,
    scratch: scratch.url,
    attempts: [
      'mail',
      ...webhooks.map((url) => `webhook ${url}`),
      ...sockets.map((path) => `socket ${path}`),
      ...files.map((path) => `file ${path}`),
      'production',
      'job',
      'datagram',
    ],
    launch: {
      service: 'shop',
      program: process.execPath,
      args: ['stray.mjs'],
      cwd: release,
      environment: {
        PATH: process.env['PATH'] ?? '',
        DATABASE_URL: production.url,
        STRAY: JSON.stringify(stray),
      },
      ready: '/ready',
      startWithin: 60_000,
      routed: true,
    },
    knownToProduction: async () =>
      (await readFile(serverLog(production.data), 'utf8')).includes('password authentication failed'),
  };
}

/** Addresses of this machine beyond the loopback one; none in some containers. */
function otherAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
}
