import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../test-rig/postgres.ts';
import { createProcesses } from '../test-rig/processes.ts';

const out = mkdtempSync(join(tmpdir(), 'toolboxai-build-'));
const processes = createProcesses({});
const read = (path: string): string => readFileSync(join(out, path), 'utf8');

beforeAll(async () => {
  chmodSync(out, 0o755);
  const built = await processes.command('build/build.ts', ['--all', '--out', out]);
  expect(built.output).toContain(join(out, '2.1.1'));
  expect(built.status).toBe(0);
});

afterAll(async () => {
  await processes.stopAll();
  rmSync(out, { recursive: true, force: true });
});

describe('a built release', () => {
  it('holds fault code only when it is a test build', () => {
    const traces = /injected fault|FAULT_AFTER_SECONDS/;
    expect(read('2.0.1/backend.mjs')).toMatch(traces);
    for (const version of ['1.9.0', '2.0.0']) expect(read(`${version}/backend.mjs`)).not.toMatch(traces);
  });

  it('has the migrations of its version', () => {
    const heads = ['1.9.0', '2.0.0', '2.1.1'].map((version) =>
      readdirSync(join(out, version, 'migrations'))
        .sort()
        .at(-1),
    );
    expect(heads).toEqual([
      '0003_outbox.up.sql',
      '0004_tool_description.up.sql',
      '0005_tool_priority.up.sql',
    ]);
  });

  it('is described by its manifest, file by file', () => {
    const manifest = JSON.parse(read('2.0.0/manifest.json'));
    expect(manifest).toMatchObject({ version: '2.0.0', schema: 4, testBuild: false });
    const paths = manifest.files.map((file: { path: string }) => file.path);
    for (const name of ['backend', 'worker', 'dashboard', 'edge', 'migrate', 'load'])
      expect(paths).toContain(`${name}.mjs`);
    for (const { path, sha256 } of manifest.files)
      expect(
        createHash('sha256')
          .update(readFileSync(join(out, '2.0.0', path)))
          .digest('hex'),
      ).toBe(sha256);
  });

  it('runs alone, with node and nothing else', async () => {
    const dashboard = await processes.serve(join(out, '2.0.0/dashboard.mjs'));
    expect(await (await fetch(`${dashboard.url}/version`)).json()).toMatchObject({ version: '2.0.0' });
    const page = await fetch(dashboard.url);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe-inline');
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1] ?? 'none';
    expect((await fetch(dashboard.url + script)).headers.get('content-type')).toContain('text/javascript');
    dashboard.signal('SIGTERM');
    expect(await dashboard.exited).toBe(0);
  });

  it('refuses bad settings with a clear line and status 78', async () => {
    const { status, output } = await processes.command(join(out, '2.0.0/backend.mjs'), [], {
      PORT: 'x',
      SECRET: 's'.repeat(32),
    });
    expect(status).toBe(78);
    expect(output).toContain('PORT must be a whole number from 0 to 65535');
  });
});

describe('the releases against the schemas of each other', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());

  const DEMO = { DEMO_USER: 'demo', DEMO_PASSWORD: 'demo-password' };
  const migrate = (version: string, url: string, ...args: string[]) =>
    processes.command(join(out, version, 'migrate.mjs'), [...args, '--json'], { DATABASE_URL: url, ...DEMO });
  const lastLine = ({ output }: { output: string }) => JSON.parse(output.trim().split('\n').at(-1) ?? '');

  /** Starts a release's backend and answers the status of making a tool. */
  async function makeTool(version: string, url: string): Promise<number> {
    const env = { DATABASE_URL: url, SECRET: 'only-for-these-tests' };
    const backend = await processes.serve(join(out, version, 'backend.mjs'), env);
    const post = (path: string, body: unknown, token = '') =>
      fetch(backend.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      });
    const login = await post('/api/login', { user: 'demo', password: 'demo-password' });
    const { token } = (await login.json()) as { token: string };
    const made = await post('/api/tools', { name: 'x', kind: 'summary' }, token);
    backend.signal('SIGKILL');
    await backend.exited;
    return made.status;
  }

  it('1.9.0 survives the column that 2.0.0 adds, and not the one that 2.1.0 drops', async () => {
    const url = await postgres.database('forward');
    expect((await migrate('2.0.0', url, 'up')).status).toBe(0);
    await migrate('2.0.0', url, 'seed');
    expect(await makeTool('1.9.0', url)).toBe(201);
    expect(await makeTool('2.0.0', url)).toBe(201);
    expect((await migrate('2.1.0', url, 'up')).status).toBe(0);
    expect(await makeTool('2.1.0', url)).toBe(201);
    expect(await makeTool('2.0.0', url)).toBe(500);
    expect(lastLine(await migrate('2.0.0', url, 'status'))).toMatchObject({
      current: 5,
      head: 4,
      ahead: [5],
    });
    expect((await migrate('2.1.0', url, 'down', '--to', '4')).status).toBe(0);
    expect(await makeTool('2.0.0', url)).toBe(201);
  });

  it("2.1.1's migration breaks off half-way, and its way back cleans up", async () => {
    const url = await postgres.database('broken_off');
    expect((await migrate('2.1.1', url, 'up')).status).toBe(1);
    expect(lastLine(await migrate('2.1.1', url, 'status'))).toMatchObject({
      current: 4,
      failed: [5],
      pending: [5],
    });
    const down = await migrate('2.1.1', url, 'down', '--to', '4');
    expect(lastLine(down)).toMatchObject({ current: 4, failed: [] });
    await migrate('2.1.1', url, 'seed');
    expect(await makeTool('2.0.0', url)).toBe(201);
  });

  it('is not ready before its migrations, 2.0.3 not even then, and 2.0.4 dies', async () => {
    const env = { DATABASE_URL: await postgres.database('unready'), SECRET: 'only-for-these-tests' };
    const early = await processes.serve(join(out, '2.0.0/backend.mjs'), env, '/health');
    expect(await (await fetch(`${early.url}/ready`)).json()).toMatchObject({ reason: 'database: 42P01' });
    await migrate('1.9.0', env.DATABASE_URL, 'up');
    expect(await (await fetch(`${early.url}/ready`)).json()).toEqual({
      ready: false,
      reason: 'migration 4 is missing',
    });
    await migrate('2.0.0', env.DATABASE_URL, 'up');
    expect((await fetch(`${early.url}/ready`)).status).toBe(200);
    const never = await processes.serve(join(out, '2.0.3/backend.mjs'), env, '/health');
    expect((await fetch(`${never.url}/ready`)).status).toBe(503);
    const dying = await processes.serve(join(out, '2.0.4/backend.mjs'), { ...env, FAULT_AFTER_SECONDS: '1' });
    expect(await dying.exited).toBe(1);
  });
});
