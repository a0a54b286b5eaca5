import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { docker, engineRuns } from '../system/docker/engine.fixture.ts';
import type { Command } from '../system/exec/command.ts';
import { run } from '../system/exec/run.ts';
import { sh } from '../system/postgres/container-server.fixture.ts';
import { migrateCommands } from './commands.ts';
import { migrationStatus } from './migrations.ts';
import { dockerTarget, REVISION } from './one-off.fixture.ts';
import { throughService } from './one-off.ts';

const runs = await engineRuns();
const name = `hp-migrate-${randomUUID().slice(0, 8)}`;
const command = (...words: readonly string[]): Command => {
  const [program = '', ...args] = words;
  return { program, args, environment: { DATABASE_URL: 'postgres://app@db/app' } };
};
const through = (own: Readonly<Record<string, string>> = {}) =>
  throughService({
    exec: run,
    target: dockerTarget(name, name, own),
    revision: REVISION,
    service: 'backend',
  });
const left = async (): Promise<readonly string[]> => {
  const ids = await docker('ps', '--all', '--quiet', '--no-trunc', '--filter', `label=test=${name}`);
  return ids.split('\n').filter((id) => id !== '');
};

test('a target without containers is told apart from one that has them', async () => {
  const { oneOff: _none, ...target } = dockerTarget('', '');
  const exec = throughService({
    exec: run,
    target: { ...target, kind: 'process' },
    revision: REVISION,
    service: 'backend',
  });
  await expect(exec(command('true'), { timeout: 1_000 })).rejects.toMatchObject({
    code: 'configuration',
    next: expect.stringContaining('database.migrate.service'),
  });
});

describe.runIf(runs)('a migration in a container', () => {
  beforeAll(async () => {
    await sh(
      `d=$(mktemp -d); mkdir $d/bin; cp /bin/busybox $d/bin; for a in sh sleep echo true; do ln -s busybox $d/bin/$a; done; tar -C $d -c . | docker image import --change 'ENV PATH=/bin' - ${name}; rm -r $d`,
    );
  });
  afterEach(async () => {
    for (const id of await left()) await docker('rm', '--force', id);
  });
  afterAll(async () => {
    await docker('image', 'rm', '--force', name);
  });

  test('answers as a command of this machine does, and leaves no container', async () => {
    const script = `echo noise; echo "{\\"current\\":null,\\"pending\\":[\\"$DATABASE_URL\\"],\\"head\\":\\"1\\"}"`;
    const words = ['sh', '-c', script];
    const settings = { up: ['true'], down: ['true', '{head}'], status: words };
    const environment = { DATABASE_URL: 'postgres://app@db/app' };
    const commands = migrateCommands(settings, { folder: '/', version: '2.0.0', environment });
    const status = await migrationStatus(through(), commands, { timeout: 30_000 });
    expect(status).toMatchObject({ current: null, pending: ['postgres://app@db/app'], head: '1' });
    expect(await left()).toEqual([]);
  });

  test('is told of the database by its own service, where that says so', async () => {
    const own = { DATABASE_URL: 'postgresql+asyncpg://app:own@db/app' };
    const { stdout } = await through(own)(command('sh', '-c', 'echo $DATABASE_URL'), { timeout: 30_000 });
    expect(stdout.trim()).toBe(own.DATABASE_URL);
  });

  test('that hangs ends with its container', async () => {
    const result = await through()(command('sleep', '600'), { timeout: 3_000 });
    expect(result.timedOut).toBe(true);
    expect(await left()).toEqual([]);
  });

  test('that is cut off ends with its container', async () => {
    const cut = new AbortController();
    const migrating = through()(command('sleep', '600'), { timeout: 60_000, signal: cut.signal });
    await expect.poll(left, { timeout: 20_000 }).toHaveLength(1);
    cut.abort(new DOMException('cut off', 'AbortError'));
    await expect(migrating).rejects.toThrow('cut off');
    expect(await left()).toEqual([]);
  });

  test('that a killed process has left is ended before another begins', async () => {
    const orphan = spawn(process.execPath, [join(import.meta.dirname, 'one-off.fixture.ts'), name, name]);
    await expect.poll(left, { timeout: 20_000 }).toHaveLength(1);
    const [id] = await left();
    orphan.kill('SIGKILL');
    await once(orphan, 'exit');
    expect(await left()).toEqual([id]);
    const { stdout } = await through()(command('echo', 'begun'), { timeout: 30_000 });
    expect(stdout.trim()).toBe('begun');
    expect(await left()).toEqual([]);
  });

  test('of a process that lives is left alone', async () => {
    const busy = spawn(process.execPath, [join(import.meta.dirname, 'one-off.fixture.ts'), name, name]);
    try {
      await expect.poll(left, { timeout: 20_000 }).toHaveLength(1);
      const [id] = await left();
      await through()(command('true'), { timeout: 30_000 });
      expect(await left()).toEqual([id]);
    } finally {
      busy.kill('SIGKILL');
      await once(busy, 'exit');
      await through()(command('true'), { timeout: 30_000 });
    }
  });
});
