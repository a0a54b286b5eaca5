import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../kernel/clock.ts';
import { asHoldpointError } from '../../kernel/errors.ts';
import { findByEnvironment } from '../../system/exec/processes.ts';
import { hasProcfs } from '../../system/exec/procfs.ts';
import { rollTo } from '../rolling/rolling.fixture.ts';
import type { Target } from '../target.ts';
import { type Machine, makeMachine, reference, SECRET_URL, service } from './fixtures/machine.ts';
import { targetIdentity } from './labels.ts';

let machine: Machine;
beforeEach(async () => {
  machine = await makeMachine();
  await machine.addRelease('1.9.0');
});
afterEach(() => machine.close());

const one = (part: Readonly<Record<string, unknown>> = {}) => ({
  services: { backend: service({ replicas: 1, ...part }) },
});
const failure = (promise: Promise<unknown>) =>
  promise.then(() => expect.fail('it should have failed'), asHoldpointError);
const versions = async (target: Target) =>
  (await target.inspect()).replicas.map(({ revision, state, routed }) => [revision.version, state, routed]);
const living = () => findByEnvironment('HOLDPOINT_TARGET', targetIdentity(machine.state));

describe('a replica', () => {
  it('gets what is declared, its place and its label, and nothing else of ours', async () => {
    vi.stubEnv('SECRET_OF_THE_DEPLOYER', 'x');
    const target = machine.open(one());
    await rollTo(target, '1.9.0');
    vi.unstubAllEnvs();
    const [replica] = (await target.inspect()).replicas;
    const answer = await fetch(`http://${replica?.address}/environment`);
    const environment = (await answer.json()) as Record<string, string>;
    expect(environment).toMatchObject({
      DATABASE_URL: SECRET_URL,
      HOST: '127.0.0.1',
      PORT: replica?.address?.split(':')[1],
      INSTANCE: replica?.id,
      HOLDPOINT_REPLICA: replica?.id,
    });
    const own =
      /^(PATH|DATABASE_URL|HOST|PORT|INSTANCE|HOLDPOINT_(TARGET|REPLICA|SERVICE|REVISION|ADDRESS|STARTED))$/;
    expect(Object.keys(environment).filter((name) => !own.test(name))).toEqual([]);
  });

  it('that dies before it is ready ends the step with its last lines, without their secrets', async () => {
    const target = machine.open(one());
    await rollTo(target, '1.9.0');
    await machine.addRelease('2.0.0', 'dies');
    const error = await failure(rollTo(target, '2.0.0'));
    expect(error).toMatchObject({ code: 'command-failed' });
    expect(error.message).toMatch(/backend-2\.0\.0-.*-1 died before it was ready/);
    expect(error.details.join('\n')).toContain('cannot go on');
    expect(error.details.join('\n')).not.toContain('correct-horse');
    expect(await versions(target)).toEqual([
      ['1.9.0', 'ready', true],
      ['2.0.0', 'dead', false],
    ]);
    await rollTo(target, '1.9.0');
    expect(await versions(target)).toEqual([['1.9.0', 'ready', true]]);
  });

  it('that never gets ready ends the step in time, while the old one serves; rolling back removes it', async () => {
    const target = machine.open(one({ startWithin: '700ms' }));
    await machine.addRelease('2.0.0', 'never-ready');
    await rollTo(machine.open(one()), '1.9.0');
    expect(await failure(rollTo(target, '2.0.0'))).toMatchObject({ code: 'timeout' });
    expect(await versions(target)).toEqual([
      ['1.9.0', 'ready', true],
      ['2.0.0', 'starting', false],
    ]);
    await rollTo(machine.open(one()), '1.9.0');
    expect(await versions(target)).toEqual([['1.9.0', 'ready', true]]);
    expect(await living()).toHaveLength(1);
  });

  it('whose port was taken meanwhile is started again on another one', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const bound = holder.address();
    const environment = {
      TAKEN_PORT: String(typeof bound === 'object' ? bound?.port : ''),
      MARKER: join(machine.folder, 'marker'),
    };
    try {
      await machine.addRelease('2.0.0', 'loses-its-port');
      const target = machine.open(one({ environment }));
      await rollTo(target, '2.0.0');
      expect(await versions(target)).toEqual([['2.0.0', 'ready', true]]);
    } finally {
      holder.close();
    }
  });

  it.runIf(hasProcfs())('is not ready while somebody else answers at its port', async () => {
    await machine.addRelease('2.0.0', 'late-for-its-port');
    const MARKER = join(machine.folder, 'late');
    const target = machine.open(one({ environment: { MARKER } }));
    const rolling = rollTo(target, '2.0.0');
    const port = await vi.waitFor(() => readFile(MARKER, 'utf8'), { timeout: 20_000 });
    let asked = 0;
    const stranger = createHttpServer((_request, response) => {
      asked += 1;
      response.end('{}');
    }).listen(Number(port), '127.0.0.1');
    try {
      // Twice: the answer to the first has been judged by then.
      await vi.waitFor(() => expect(asked).toBeGreaterThan(2), { timeout: 20_000 });
      await writeFile(`${MARKER}.taken`, '');
      await rolling;
    } finally {
      stranger.close();
    }
    const [replica] = (await target.inspect()).replicas;
    expect(replica).toMatchObject({ state: 'ready', routed: true });
    expect(replica?.address).not.toBe(`127.0.0.1:${port}`);
  });

  it('that ignores SIGTERM is killed with its children after drainWithin, and the outcome says so', async () => {
    await machine.addRelease('2.0.0', 'deaf');
    const { command } = service();
    const withChild = ['sh', '-c', 'sleep 120 & exec "$0" "$@"', ...command];
    const target = machine.open(one({ drainWithin: '300ms', command: withChild }));
    await rollTo(target, '2.0.0');
    expect(await living()).toHaveLength(2);
    const to = await target.resolve('1.9.0');
    const outcomes: unknown[] = [];
    for (const step of target.roll(await target.inspect(), to)) {
      const { summary, captured } = await target.perform(step, {
        fence: 1,
        signal: new AbortController().signal,
      });
      if (step.name.includes('/drain/')) outcomes.push(summary, captured?.at(-1));
    }
    expect(outcomes).toEqual([
      expect.stringMatching(/did not end within 300 ms and was killed$/),
      'draining',
    ]);
    expect((await living()).map(({ environment }) => environment['HOLDPOINT_REVISION'])).toEqual([
      `1.9.0@${to.digest}`,
      `1.9.0@${to.digest}`,
    ]);
  });

  it('is found by its label when every record of it is lost', async () => {
    const target = machine.open();
    await rollTo(target, '1.9.0');
    const before = await target.inspect();
    await rm(join(machine.state, 'replicas'), { recursive: true });
    const after = await machine.open().inspect();
    expect(after.replicas).toEqual(before.replicas);
    expect(await machine.open().stopAll()).toHaveLength(3);
    expect(await living()).toEqual([]);
  });
});

describe('a drain', () => {
  it('waits for a request that is open at the edge, even where the service itself would drop it', async () => {
    const target = machine.open(one());
    await machine.addRelease('1.9.0', 'abrupt');
    await rollTo(target, '1.9.0');
    await machine.addRelease('2.0.0');
    const slow = fetch(`${machine.edge.url}/work?ms=1500`).then((response) => response.json());
    await vi.waitFor(async () => {
      const status = await (await fetch(machine.edge.status)).json();
      expect(JSON.stringify(status)).toContain('"inflight":1');
    });
    await rollTo(target, '2.0.0');
    expect(await slow).toMatchObject({ version: '1.9.0' });
    expect(await versions(target)).toEqual([['2.0.0', 'ready', true]]);
  });

  it('takes along what the replica left running', async () => {
    const { command } = service();
    const withChild = ['sh', '-c', 'setsid sleep 120 & exec "$0" "$@"', ...command];
    const target = machine.open(one({ command: withChild }));
    await rollTo(target, '1.9.0');
    expect(await living()).toHaveLength(2);
    await machine.addRelease('2.0.0');
    await rollTo(machine.open(one()), '2.0.0');
    expect(await living()).toHaveLength(1);
  });

  it('that was cut off is finished by the next run', async () => {
    await machine.addRelease('2.0.0', 'deaf');
    const target = machine.open(one({ drainWithin: '60s' }));
    await rollTo(target, '2.0.0');
    const to = await target.resolve('1.9.0');
    const abort = new AbortController();
    const cut = failure(
      (async () => {
        for (const step of target.roll(await target.inspect(), to)) {
          await target.perform(step, { fence: 1, signal: abort.signal });
        }
      })(),
    );
    await vi.waitFor(
      async () => expect(await versions(target)).toContainEqual(['2.0.0', 'draining', false]),
      {
        timeout: 20_000,
      },
    );
    abort.abort();
    expect(await cut).toMatchObject({ code: 'cancelled' });
    await rollTo(machine.open(one({ drainWithin: '100ms' })), '1.9.0', 2);
    expect(await versions(target)).toEqual([['1.9.0', 'ready', true]]);
    expect(await living()).toHaveLength(1);
  });
});

describe('an edge that does not follow', () => {
  /** Ten seconds pass in a moment. */
  const hasty = (): Clock => {
    let ahead = 0;
    return {
      now: () => Date.now() + ahead,
      async wait(milliseconds, signal) {
        ahead += 100 * milliseconds;
        await delay(5, undefined, signal === undefined ? {} : { signal });
      },
    };
  };

  it('stops the roll before anything old is touched, and nothing counts as routed', async () => {
    const target = machine.open(one());
    await rollTo(target, '1.9.0');
    await machine.addRelease('2.0.0');
    const edge = { upstreams: 'run/upstreams.json', status: 'http://127.0.0.1:9/' };
    const lost = machine.open({ ...one(), edge });
    const to = await target.resolve('2.0.0');
    const [start, ready, route] = target.roll(await target.inspect(), to);
    if (!start || !ready || !route) return expect.fail('too few steps');
    const authority = { fence: 1, signal: new AbortController().signal };
    await target.perform(start, authority);
    await target.perform(ready, authority);
    const error = await failure(machine.open({ ...one(), edge }, hasty()).perform(route, authority));
    expect(error).toMatchObject({ code: 'timeout' });
    expect(error.message).toContain('the edge has not taken up generation 2');
    expect(await versions(lost)).toEqual([
      ['1.9.0', 'ready', false],
      ['2.0.0', 'ready', false],
    ]);
    const [next] = lost.roll(await lost.inspect(), to);
    expect(next?.name).toBe(route.name);
  });

  it('is told by a command that fails: its message is handed on', async () => {
    const edge = {
      upstreams: 'run/upstreams.json',
      status: `${reference('EDGE')}/__edge/status`,
      reload: ['sh', '-c', 'echo no such edge >&2; exit 4'],
    };
    const error = await failure(rollTo(machine.open({ ...one(), edge }), '1.9.0'));
    expect(error).toMatchObject({ code: 'command-failed', details: ['no such edge'] });
  });
});

describe('stopAll', () => {
  it('takes down everything of its own target, and nothing of another', async () => {
    const other = await makeMachine();
    try {
      await other.addRelease('1.9.0');
      await rollTo(other.open(one()), '1.9.0');
      await rollTo(machine.open(), '1.9.0');
      expect(await machine.open().stopAll()).toHaveLength(3);
      expect(await living()).toEqual([]);
      expect((await machine.open().inspect()).replicas).toEqual([]);
      expect(await versions(other.open(one()))).toEqual([['1.9.0', 'ready', true]]);
    } finally {
      await other.close();
    }
  });
});
