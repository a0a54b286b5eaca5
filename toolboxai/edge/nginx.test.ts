import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLoad } from '../load/generate.ts';
import { freePort, type Running, until } from '../test-rig/processes.ts';
import { findRig } from '../test-rig/program.ts';
import { DEMO, type System, startSystem } from '../test-rig/system.ts';

const program = findRig('nginx', 'nginx');

describe.skipIf(program === null)('with nginx as the edge', () => {
  let system: System;
  let url: string;
  let backends: Running[];
  let dashboard: Running;
  let nginx: ReturnType<System['processes']['beginProgram']> | undefined;
  let folder: string;
  const startBackend = () => system.processes.serve('backend/main.ts', { LOG_LEVEL: 'warn' });

  function writeUpstreams(): void {
    const block = (name: string, servers: readonly Running[]): string =>
      `upstream ${name} { ${servers.map(({ address }) => `server ${address};`).join(' ')} keepalive 64; }\n`;
    writeFileSync(
      join(folder, 'upstreams.conf'),
      block('backend', backends) + block('dashboard', [dashboard]),
    );
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'toolboxai-nginx-'));
    chmodSync(folder, 0o755);
    system = await startSystem();
    backends = await Promise.all([startBackend(), startBackend()]);
    writeFileSync(join(folder, 'index.html'), 'a page');
    dashboard = await system.processes.serve('dashboard/main.ts', { PUBLIC_DIR: folder, LOG_LEVEL: 'warn' });
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const template = readFileSync(join(import.meta.dirname, 'nginx.conf.template'), 'utf8');
    const configuration = template.replaceAll('@FOLDER@', folder).replaceAll('@LISTEN@', `127.0.0.1:${port}`);
    writeFileSync(join(folder, 'nginx.conf'), configuration);
    writeUpstreams();
    const args = ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log'), '-g', 'daemon off;'];
    const started = system.processes.beginProgram(program ?? '', args);
    nginx = started;
    await until('nginx answers', async () => {
      if (started.child.exitCode !== null) throw new Error(started.output());
      return (await fetch(`${url}/health`)).ok;
    });
  });
  afterAll(async () => {
    // Not with SIGKILL, which the master cannot pass on to its workers.
    nginx?.child.kill('SIGTERM');
    await nginx?.exited;
    await system?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('loses no request and no event while every backend is replaced under load', async () => {
    const load = await startLoad({
      url: new URL(url),
      user: DEMO.DEMO_USER,
      password: DEMO.DEMO_PASSWORD,
      rate: 100,
      clients: 3,
      streams: 3,
      onSecond: () => undefined,
    });
    for (const old of backends.slice()) {
      const fresh = await startBackend();
      backends = backends.filter((backend) => backend !== old).concat(fresh);
      writeUpstreams();
      process.kill(Number(readFileSync(join(folder, 'nginx.pid'), 'utf8')), 'SIGHUP');
      old.signal('SIGTERM');
      expect(await old.exited).toBe(0);
    }
    expect(await load.stop()).toMatchObject({ lost: 0, errors: 0 });
  });

  it('passes WebSockets on and keeps the tiers’ metrics from the public', async () => {
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live?token=${await system.logInAt(url)}`);
    const greeting = new Promise((resolve) => {
      socket.onmessage = ({ data }) => resolve(JSON.parse(String(data)));
    });
    expect(await greeting).toMatchObject({ event: 'hello' });
    socket.close();
  });
});
