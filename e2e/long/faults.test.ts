import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Load } from '../../scripts/tour/load.ts';
import type { Ended } from '../rig/command.ts';
import { type Environment, startEnvironment } from '../rig/environment.ts';
import { migrationStatusOf } from '../rig/migrations.ts';
import { REHEARSAL, SHORT_CHECKLIST, small } from '../rig/small.ts';

/** 2.0.0 serves under load, and every version that is released onto it is bad in its own way. */
let environment: Environment;
let load: Load;

beforeAll(async () => {
  environment = await startEnvironment({
    versions: ['2.0.0', '2.0.2', '2.0.3', '2.0.4', '2.1.0', '2.1.1'],
    running: '2.0.0',
    timeScale: 1 / 300,
    checklist: SHORT_CHECKLIST,
    change: small,
  });
  load = await environment.load(50);
});
afterAll(() => environment?.close());

const deploy = (version: string): Promise<Ended> => environment.holdpoint('deploy', version, '--demo');

async function sign(what: string, ...options: readonly string[]): Promise<void> {
  const { status, stdout, stderr } = await environment.holdpoint('sign', what, '--as', 'Edsger', ...options);
  expect(status, stdout + stderr).toBe(0);
}

async function expectOldVersionAlone(): Promise<void> {
  expect(await environment.answering()).toEqual(['2.0.0']);
  expect(await environment.running()).toEqual(['2.0.0']);
  expect((await migrationStatusOf(environment, '2.0.0')).current).toBe(4);
}

async function expectRolledBack({ status, stdout, stderr }: Ended, why: RegExp): Promise<void> {
  expect(status, stdout + stderr).toBe(11);
  expect(stdout).toMatch(why);
  await expectOldVersionAlone();
}

describe('a version goes back by itself', () => {
  it('when it never gets ready, and no request ever reaches it', async () => {
    await environment.change(({ target: { services } }) => {
      if (services['backend'] !== undefined) services['backend'].startWithin = '4s';
    });
    await expectRolledBack(await deploy('2.0.3'), /backend-2\.0\.3-\w+-1 was not ready within 4\.0 s/);
    expect(load.totals()).toMatchObject({ lost: 0, errors: 0, versions: { '2.0.0': expect.any(Number) } });
    expect(Object.keys(load.totals()?.versions ?? {})).toEqual(['2.0.0']);
    await environment.change(({ target: { services } }) => delete services['backend']?.startWithin);
  });

  it('when its migration breaks off half-way: the old version went on serving, and the schema is as before', async () => {
    // Not rehearsed: else it is found on a copy, and never gets so far.
    await environment.change(({ database }) => {
      database.rehearsal = { enabled: false };
    });
    const held = await deploy('2.1.1');
    expect(held.status, held.stdout + held.stderr).toBe(12);
    expect(held.stdout).toMatch(/nothing was rehearsed: it is turned off/);
    await sign('way-back', '--reason', 'it is small');
    await expectRolledBack(
      await environment.holdpoint('resume', '--demo'),
      /take the schema back to 4: the schema is back at 4/,
    );
    expect(await migrationStatusOf(environment, '2.1.1')).toMatchObject({ current: 4, failed: [] });
    expect(load.totals()).toMatchObject({ lost: 0, errors: 0 });
    expect(Object.keys(load.totals()?.versions ?? {})).toEqual(['2.0.0']);
    await environment.change(({ database }) => {
      database.rehearsal = { ...REHEARSAL };
    });
  });

  it('when its replicas die some seconds after they were ready', async () => {
    await environment.change(({ target: { services } }) => {
      const backend = services['backend'];
      if (backend !== undefined) backend.environment = { ...backend.environment, FAULT_AFTER_SECONDS: 5 };
    });
    await expectRolledBack(await deploy('2.0.4'), /Rolled back to 2\.0\.0 by holdpoint \(critical\)/);
  });

  it('when it is slow: 7 % of its answers take three seconds', async () => {
    await environment.change(({ watch }) => {
      watch.limits['latency'] = { quantile: 0.99, limit: '2.5s' };
    });
    await expectRolledBack(
      await deploy('2.0.2'),
      /Rolled back to 2\.0\.0 by holdpoint \(critical\): .*latency/,
    );
  });
});

describe('a migration is tried on a copy', () => {
  it('and one that would break off half-way is stopped before anything has changed', async () => {
    const { status, stdout, stderr } = await deploy('2.1.1');
    expect(status, stdout + stderr).toBe(10);
    expect(stdout).toMatch(/database\.migrations fail: .*priorty/s);
    await expectOldVersionAlone();
    await giveUp();
  });

  it('and one that drops a column is held up already when it is read', async () => {
    const { status, stdout, stderr } = await deploy('2.1.0');
    expect(status, stdout + stderr).toBe(10);
    expect(stdout).toMatch(/database\.migrations fail: .*0005_drop_prompt\.up\.sql: .*DROP COLUMN/s);
    await expectOldVersionAlone();
    await giveUp();
  });
});

/** Given up before anything was touched. */
async function giveUp(): Promise<void> {
  const { status, stdout, stderr } = await environment.holdpoint('rollback', '--reason', 'not tonight');
  expect(status, stdout + stderr).toBe(10);
}
