import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcesses } from '../test-rig/processes.ts';

const out = mkdtempSync(join(tmpdir(), 'toolboxai-build-'));
const processes = createProcesses({});
const read = (path: string): string => readFileSync(join(out, path), 'utf8');

beforeAll(async () => {
  chmodSync(out, 0o755);
  const built = await processes.command('build/build.ts', ['1.9.0', '2.0.0', '2.0.1', '2.1.1', '--out', out]);
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
