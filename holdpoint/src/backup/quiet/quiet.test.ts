import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dockerThrough } from '../../system/docker/docker.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';
import { run } from '../../system/exec/run.ts';
import { openRig, type Rig, withDocker } from './busybox.fixture.ts';
import { readDebt, writeDebt } from './debt.ts';
import { openDebts, owe } from './ledger.ts';
import { payDebts } from './pay.ts';
import type { Killed } from './quiet.fixture.ts';
import { whileQuiet } from './while-quiet.ts';

const able = await withDocker();
let debts = '';

beforeEach(async () => {
  debts = await mkdtemp(join(tmpdir(), 'holdpoint-debts-'));
});
afterEach(() => rm(debts, { recursive: true, force: true }));

describe('a debt on the disk', () => {
  const owed = {
    at: 5,
    why: 'a test',
    containers: [{ id: 'c', name: 'c', how: 'stop' }],
    moves: [],
  } as const;
  const asOwed = { ...owed, containers: [...owed.containers], moves: [] };

  test('is left alone while its process lives, and open once it is dead', async () => {
    const entry = await owe(debts, asOwed);
    entry.stopBeating();
    expect(await openDebts(debts, Date.now())).toEqual([]);
    await writeFile(entry.file, writeDebt({ ...entry.debt, owner: { ...entry.debt.owner, startTicks: 1 } }));
    expect(await openDebts(debts, Date.now())).toMatchObject([{ debt: { why: 'a test', at: 5 } }]);
  });

  test('of another machine is open once there was no sign of life for a minute', async () => {
    const { file, debt, stopBeating } = await owe(debts, asOwed);
    stopBeating();
    await writeFile(file, writeDebt({ ...debt, owner: { ...debt.owner, host: 'elsewhere' } }));
    expect(await openDebts(debts, Date.now())).toEqual([]);
    const long = new Date(Date.now() - 61_000);
    await utimes(file, long, long);
    expect(await openDebts(debts, Date.now())).toHaveLength(1);
  });

  test('that nobody can read is not passed over', async () => {
    await writeFile(join(debts, 'x.debt.json'), '{');
    expect(readDebt('{}')).toBeUndefined();
    await expect(payDebts(debts, dockerThrough(run), 0)).rejects.toMatchObject({ code: 'tampered' });
  });

  test('asks no engine where nothing is owed', async () => {
    const none = dockerThrough(() => Promise.reject(new Error('asked')));
    expect(await payDebts(join(debts, 'none'), none, 0)).toEqual([]);
  });
});

describe.runIf(able)('containers that have to be quiet', { timeout: 300_000 }, () => {
  let rig: Rig;
  let [busy, second, idle] = ['', '', ''];
  const facts = async (): Promise<readonly ContainerFacts[]> => {
    const all = await rig.docker.containers([]);
    return all.filter(({ id }) => [busy, second, idle].includes(id));
  };
  const states = async (): Promise<readonly string[]> =>
    Promise.all([busy, second, idle].map((id) => rig.status(id)));
  const AS_BEFORE = ['running', 'running', 'exited'];
  const quieting = (how: 'stop' | 'pause') => {
    return { docker: rig.docker, debts, now: Date.now, why: 'a test', how };
  };

  beforeAll(async () => {
    rig = await openRig();
    const volume = await rig.volume('data');
    const at = ['-v', `${volume}:/data`];
    // It needs a moment to end, as a real one does, or as long as it is told.
    const ending = 'sleep 0.4; echo told > /data/told; while [ -s /data/hold ]; do sleep 0.05; done; exit 0';
    busy = await rig.start('busy', at, `trap '${ending}' TERM; while :; do sleep 0.05; done`);
    second = await rig.start('second', at);
    idle = await rig.start('idle', at);
    await rig.docked('stop', '-t', '0', idle);
  });
  afterAll(() => rig?.remove());

  test.each([
    ['stop', 'exited'],
    ['pause', 'paused'],
  ] as const)('%s: rest while they are used, and exactly those that ran run again', async (how, resting) => {
    const meanwhile = await whileQuiet(quieting(how), await facts(), async () => {
      expect(await readdir(debts)).toHaveLength(1);
      return states();
    });
    expect(meanwhile).toEqual([resting, resting, 'exited']);
    expect(await states()).toEqual(AS_BEFORE);
    expect(await readdir(debts)).toEqual([]);
  });

  test('run again after a failure and after an abort, which come through', async () => {
    const failing = whileQuiet(quieting('stop'), await facts(), () => Promise.reject(new Error('disk full')));
    await expect(failing).rejects.toThrow('disk full');
    expect(await states()).toEqual(AS_BEFORE);
    const cancel = new AbortController();
    const docker = dockerThrough(async (command, options) => {
      if (command.args[1] === 'stop') cancel.abort(new Error('cancelled'));
      return run(command, options);
    });
    const use = (): Promise<never> => Promise.reject(new Error('used'));
    const cut = whileQuiet({ ...quieting('stop'), docker, signal: cancel.signal }, await facts(), use);
    await expect(cut).rejects.toThrow('cancelled');
    expect(await states()).toEqual(AS_BEFORE);
    expect(await readdir(debts)).toEqual([]);
  });

  test('one that does not start again is named, and stays owed until it does', async () => {
    let refusing = true;
    const docker = dockerThrough(async (command, options) => {
      if (refusing && command.args[1] === 'start' && command.args[2] === second) {
        return { exitCode: 1, stdout: '', stderr: 'no', milliseconds: 0, timedOut: false };
      }
      return run(command, options);
    });
    const attempt = whileQuiet({ ...quieting('stop'), docker }, await facts(), async () => 1);
    await expect(attempt).rejects.toMatchObject({
      code: 'command-failed',
      details: [expect.stringContaining(`${rig.name}-second`)],
    });
    expect(await states()).toEqual(['running', 'exited', 'exited']);
    refusing = false;
    const [file = ''] = await readdir(debts);
    const [entry] = await openDebts(debts, 0);
    // Its process, this one, lives.
    expect([file !== '', entry]).toEqual([true, undefined]);
    await rig.docked('start', second);
  });

  test('one that the engine would remove is refused before anything stops', async () => {
    const passing = await rig.start('passing', ['--rm']);
    const all = (await rig.docker.containers([])).filter(({ id }) => id === passing);
    const attempt = whileQuiet(quieting('stop'), all, async () => 1);
    await expect(attempt).rejects.toMatchObject({ code: 'configuration' });
    expect(await rig.status(passing)).toBe('running');
    expect(await readdir(debts)).toEqual([]);
  });

  const killedAt = async (how: Killed['how'], at: Killed['at']): Promise<void> => {
    const killed: Killed = { debts, how, at, ids: [busy, second, idle] };
    const args = [join(import.meta.dirname, 'quiet.fixture.ts'), JSON.stringify(killed)];
    const ended = await run({ program: process.execPath, args }, { timeout: 240_000 });
    expect(ended).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  };

  test.each([
    ['stop', 'before'],
    ['stop', 'use'],
    ['stop', 'start'],
    ['pause', 'before'],
    ['pause', 'use'],
    ['pause', 'start'],
  ] as const)('%s: killed at %s, the next run pays', async (how, at) => {
    await killedAt(how, at);
    await payDebts(debts, rig.docker, Date.now());
    expect(await states()).toEqual(AS_BEFORE);
    expect(await readdir(debts)).toEqual([]);
  });

  test('killed while the engine stops one, the next run waits for its end, and starts it again', async () => {
    const tell = (script: string) => rig.docked('exec', busy, 'sh', '-c', script);
    await tell(': > /data/told; echo 1 > /data/hold');
    const begun = Date.now();
    await killedAt('stop', 'stop');
    // It seems to run, and is as good as gone.
    expect(await states()).toEqual(['running', 'exited', 'exited']);
    let held = true;
    const letGo = async (): Promise<void> => {
      if (held) await tell(': > /data/hold');
      held = false;
    };
    const docker = dockerThrough(async (command, options) => {
      const running = run(command, options);
      if (command.args[1] === 'stop') await letGo();
      return running;
    });
    await payDebts(debts, docker, Date.now());
    const paid = await states();
    await letGo();
    expect([held, paid]).toEqual([false, AS_BEFORE]);
    const since = await rig.docked('container', 'inspect', '--format', '{{.State.StartedAt}}', busy);
    expect(Date.parse(since)).toBeGreaterThan(begun);
    expect(await readdir(debts)).toEqual([]);
  });
});
