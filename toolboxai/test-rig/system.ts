import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from './postgres.ts';
import { createProcesses, until } from './processes.ts';

export const DEMO = { DEMO_USER: 'demo', DEMO_PASSWORD: 'demo-password' } as const;

async function logInAt(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: DEMO.DEMO_USER, password: DEMO.DEMO_PASSWORD }),
  });
  return ((await answer.json()) as { token: string }).token;
}

/** A migrated and seeded database with an edge before it; backends and workers are started by the test. */
export async function startSystem() {
  const postgres = await startPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'toolboxai-edge-'));
  const databaseUrl = await postgres.database('system');
  const processes = createProcesses({ DATABASE_URL: databaseUrl, SECRET: 'only-for-these-tests', ...DEMO });
  const file = join(folder, 'upstreams.json');
  let generation = 0;

  async function stop(): Promise<void> {
    await processes.stopAll();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    for (const command of ['up', 'seed']) {
      const done = await processes.command('migrations/migrate.ts', [command]);
      if (done.status !== 0) throw new Error(done.output);
    }
    const edge = await processes.serve('edge/main.ts', { UPSTREAMS_FILE: file }, '/__edge/health');
    writeFileSync(join(folder, 'index.html'), 'a page');
    const dashboard = await processes.serve('dashboard/main.ts', { PUBLIC_DIR: folder, LOG_LEVEL: 'warn' });
    const status = async () => (await fetch(`${edge.url}/__edge/status`)).json();
    return {
      databaseUrl,
      processes,
      edge,
      status,
      file,
      stop,
      /** Writes the upstreams file as a deployer does, and waits until the edge has taken it. */
      async route(backend: readonly string[]): Promise<void> {
        generation += 1;
        writeFileSync(
          `${file}.new`,
          JSON.stringify({ generation, services: { backend, dashboard: [dashboard.address] } }),
        );
        renameSync(`${file}.new`, file);
        await until('the edge takes the upstreams', async () => (await status()).generation === generation);
      },
      /** Waits until the edge has no request and no stream at an address that was removed. */
      emptied: (address: string) =>
        until(`${address} is empty`, async () => {
          const { draining } = await status();
          return !draining.some(
            (d: { address: string; inflight: number }) => d.address === address && d.inflight > 0,
          );
        }),
      logIn: () => logInAt(edge.url),
      logInAt,
      /** A JSON request through the edge. */
      async call(token: string, method: string, path: string, body?: unknown) {
        const answer = await fetch(edge.url + path, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await answer.text();
        return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null };
      },
      /** Uploads a text and answers its id. */
      async upload(token: string, text: string): Promise<number> {
        const form = new FormData();
        form.append('file', new Blob([text], { type: 'text/plain' }), 'text.txt');
        const headers = { authorization: `Bearer ${token}` };
        const answer = await fetch(`${edge.url}/api/uploads`, { method: 'POST', headers, body: form });
        return ((await answer.json()) as { id: number }).id;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

export type System = Awaited<ReturnType<typeof startSystem>>;
