import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const HERE = dirname(fileURLToPath(import.meta.url));
const DOORS = {
  'backup-docker-volumes.sh': ['backup', 'create'],
  'restore-docker-volumes.sh': ['backup', 'restore'],
  'test-production-readiness.sh': ['check'],
  'smoke-test-production.sh': ['smoke'],
};

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(program, [...args], { env, cwd: '/' }, (error, stdout, stderr) => {
      resolve({
        status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
        stdout,
        stderr,
      });
    });
  });

describe('the scripts that checklists name', () => {
  let folder = '';
  let told = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-doors-'));
    told = join(folder, 'told');
    await writeFile(told, '#!/bin/sh\nfor word in "$@"; do echo "$word"; done\nexit 11\n');
    await chmod(told, 0o755);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  for (const [door, words] of Object.entries(DOORS)) {
    it(`${door} hands every word on, and its status back`, async () => {
      const args = ['-t', '2026-11-22 02:30', "it's", ''];
      const { status, stdout } = await run(join(HERE, door), args, { ...process.env, HOLDPOINT: told });
      expect(stdout.split('\n').slice(0, -1)).toEqual([...words, ...args]);
      expect(status).toBe(11);
    });
  }

  it('they find the command of this checkout from any folder', async () => {
    const { HOLDPOINT: _none, ...environment } = process.env;
    const { status, stdout } = await run(join(HERE, 'test-production-readiness.sh'), ['--help'], environment);
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: holdpoint check');
  });

  it('a link on PATH to a copy does not call itself for ever', async () => {
    const copy = join(folder, 'scripts');
    await copyFile(join(HERE, 'holdpoint'), copy);
    await chmod(copy, 0o755);
    await symlink(copy, join(folder, 'holdpoint'));
    const { status } = await run(join(folder, 'holdpoint'), [], { PATH: `${folder}:/usr/bin:/bin` });
    expect(status).toBe(127);
  });

  it('copied into another repository without the command, they say what is missing', async () => {
    for (const name of ['holdpoint', 'smoke-test-production.sh']) {
      await copyFile(join(HERE, name), join(folder, name));
      await chmod(join(folder, name), 0o755);
    }
    const { status, stderr } = await run(join(folder, 'smoke-test-production.sh'), [], {
      PATH: '/usr/bin:/bin',
    });
    expect(status).toBe(127);
    expect(stderr).toContain("error: there is no command 'holdpoint'\nnext: ");
  });
});
