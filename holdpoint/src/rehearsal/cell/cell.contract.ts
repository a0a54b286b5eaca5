import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asHoldpointError } from '../../kernel/errors.ts';
import { findByEnvironment } from '../../system/exec/processes.ts';
import type { Launch } from '../../targets/target.ts';
import type { Cell, CellOptions } from './cell.ts';
import { openCell } from './open.ts';
import { CELL_VARIABLE } from './orders.ts';

/** Answers each connection with what it was sent, in capitals. */
export async function shouter(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => socket.write(chunk.toString().toUpperCase()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

/** A service that asks the database at DATABASE_PORT on every request, and tells its environment at /environment. */
const SERVICE = `
import { createServer } from 'node:http';
import { connect } from 'node:net';
console.log('starting with', process.env.WORD);
createServer((request, response) => {
  if (request.url === '/environment') return response.end(JSON.stringify(process.env));
  if (request.url === '/die') { console.error('cannot go on'); process.exit(3); }
  const socket = connect(Number(process.env.DATABASE_PORT), '127.0.0.1', () => socket.write('hello'));
  socket.on('error', (error) => response.end(error.code));
  socket.on('data', (data) => { response.end(data); socket.end(); });
}).listen(Number(process.env.PORT), process.env.HOST);
`;

/** What every cell must do, cut off or not. */
export function describeCellContract(name: string, how: Pick<CellOptions, 'isolation' | 'bwrap'>): void {
  describe(`cell contract: ${name}`, () => {
    let folder: string;
    let database: Awaited<ReturnType<typeof shouter>>;
    let cell: Cell | undefined;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'holdpoint-cell-contract-'));
      await writeFile(join(folder, 'service.mjs'), SERVICE);
      database = await shouter();
    });
    afterEach(async () => {
      await cell?.close();
      cell = undefined;
      database.server.close();
      await rm(folder, { recursive: true, force: true });
    });

    const launch = (over: Partial<Launch> = {}): Launch => ({
      service: 'backend',
      program: process.execPath,
      args: ['service.mjs'],
      cwd: folder,
      environment: { PATH: process.env['PATH'] ?? '', WORD: 'abc', DATABASE_PORT: String(database.port) },
      startWithin: 10_000,
      routed: true,
      ...over,
    });
    const open = async (...launches: readonly Launch[]): Promise<Cell> => {
      cell = await openCell({ database: { host: '127.0.0.1', port: database.port }, launches, ...how });
      return cell;
    };
    const answers = (url: string) =>
      vi.waitFor(async () => (await fetch(url)).text(), { timeout: 10_000, interval: 50 });

    it('starts a service that reaches the database, and is reached by an address of this machine', async () => {
      const opened = await open(launch());
      const { port, alive, log } = await opened.start(launch());
      const url = await opened.reach(port);
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(await answers(url)).toBe('HELLO');
      expect(await opened.reach(port)).toBe(url);
      expect(await alive()).toBe(true);
      expect(await log()).toBe('starting with abc\n');
    });

    it('gives a service its own environment, a home of its own, and nothing of ours', async () => {
      vi.stubEnv('SECRET_OF_THE_DEPLOYER', 'x');
      const opened = await open(launch());
      const { port } = await opened.start(launch());
      vi.unstubAllEnvs();
      const url = `${await opened.reach(port)}/environment`;
      const environment = JSON.parse(await answers(url)) as Record<string, string>;
      expect(Object.keys(environment).sort()).toEqual(
        // Bubblewrap tells the folder where it is.
        expect.arrayContaining([
          'DATABASE_PORT',
          'HOME',
          'HOST',
          'INSTANCE',
          'PATH',
          'PORT',
          'TMPDIR',
          'WORD',
        ]),
      );
      expect(environment).not.toHaveProperty('SECRET_OF_THE_DEPLOYER');
      expect(environment['HOME']).not.toBe(process.env['HOME']);
      expect(environment).toMatchObject({ PORT: String(port), HOST: '127.0.0.1', WORD: 'abc' });
    });

    it('tells that a service died, and keeps what it said', async () => {
      const opened = await open(launch());
      const { port, alive, log } = await opened.start(launch());
      const url = await opened.reach(port);
      await answers(url);
      await fetch(`${url}/die`).catch(() => undefined);
      await vi.waitFor(async () => expect(await alive()).toBe(false), { timeout: 10_000 });
      expect(await log()).toContain('cannot go on');
    });

    it('gives two services a port each', async () => {
      const two = [launch(), launch({ service: 'worker' })];
      const opened = await open(...two);
      const started = await Promise.all(two.map((one) => opened.start(one)));
      expect(new Set(started.map(({ port }) => port)).size).toBe(2);
      for (const { port } of started) expect(await answers(await opened.reach(port))).toBe('HELLO');
    });

    it('says that a program cannot be started', async () => {
      const opened = await open(launch());
      const failure = opened.start(launch({ program: 'no-such-program' })).catch(asHoldpointError);
      expect(await failure).toMatchObject({
        code: 'command-failed',
        message: expect.stringContaining("the program 'no-such-program' was not found"),
      });
    });

    it('ends everything on closing, also what ignores SIGTERM and went into a session of its own', async () => {
      const stubborn = launch({
        program: 'sh',
        args: [
          '-c',
          `setsid sh -c 'trap "" TERM; while :; do sleep 1; done' & trap "" TERM; echo up; wait; sleep 60`,
        ],
      });
      const opened = await open(stubborn);
      const { log } = await opened.start(stubborn);
      await vi.waitFor(async () => expect(await log()).toBe('up\n'), { timeout: 10_000 });
      const mark = await markOf(folder);
      // It says that it is up before its child has begun.
      await vi.waitFor(
        async () => expect((await findByEnvironment(CELL_VARIABLE, mark)).length).toBeGreaterThan(2),
        { timeout: 10_000 },
      );
      await opened.close();
      expect(await findByEnvironment(CELL_VARIABLE, mark)).toEqual([]);
      expect(existsSync(mark)).toBe(false);
    });

    it('opens nothing when it was aborted before', async () => {
      const database = { host: '127.0.0.1', port: 1 };
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(openCell({ database, launches: [], ...how, signal })).rejects.toThrow('enough');
    });
  });
}

/** The folder of the cell that one of our own processes runs in, told by its working directory. */
async function markOf(cwd: string): Promise<string> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).split('\0');
    const mark = environment.find((entry) => entry.startsWith(`${CELL_VARIABLE}=`));
    if (mark !== undefined && environment.includes(`PWD=${cwd}`)) return mark.slice(CELL_VARIABLE.length + 1);
  }
  throw new Error('no process of the cell was found');
}
