import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { asHoldpointError } from '../../kernel/errors.ts';
import { docker, engineRuns } from '../../system/docker/engine.fixture.ts';
import type { Exec } from '../../system/exec/command.ts';
import { run } from '../../system/exec/run.ts';
import { rollTo } from '../rolling/rolling.fixture.ts';
import type { Target } from '../target.ts';
import { LIMIT, makeSite, SECRET_URL, type Site, service, versionsOf } from './fixtures/site.ts';
import { firstGeneration } from './model/first-generation.ts';

const runs = await engineRuns();
const authority = { fence: 1, signal: new AbortController().signal };
const failure = (promise: Promise<unknown>) =>
  promise.then(() => expect.fail('it should have failed'), asHoldpointError);

describe.runIf(runs)('a container', { timeout: LIMIT }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await makeSite();
  });
  afterAll(() => site?.close());
  beforeEach(async () => {
    await site.writeFiles({ worker: undefined });
    await site.addRelease('1.9.0');
  });
  afterEach(() => site.clear());
  const one = (part: Readonly<Record<string, unknown>> = {}) => ({ services: { backend: service(part) } });

  it('that dies before it is ready ends the step with its last lines, without their secrets', async () => {
    await site.addRelease('2.0.0', 'dies');
    const target = await site.open(one());
    await rollTo(target, '1.9.0');
    const error = await failure(rollTo(target, '2.0.0'));
    expect(error).toMatchObject({ code: 'command-failed' });
    expect(error.message).toMatch(/backend-2\.0\.0-\w+-2 ended with status 3 before it was ready/);
    // They are lines of two streams, which the engine reads beside each other.
    expect(error.details.toSorted()).toEqual(['cannot go on', expect.stringMatching(/of 2\.0\.0 with/)]);
    expect(error.details.join('\n')).not.toContain('correct-horse');
    expect(await versionsOf(target)).toEqual([
      ['backend', '1.9.0', 'ready', true],
      ['backend', '2.0.0', 'dead', false],
    ]);
    await rollTo(target, '1.9.0');
    expect(await versionsOf(target)).toEqual([['backend', '1.9.0', 'ready', true]]);
  });

  it('that the engine starts again and again is dead too', async () => {
    await site.addRelease('2.0.0', 'dies');
    await site.writeFiles({ worker: undefined, backend: { restart: 'always' } });
    const target = await site.open(one({ startWithin: '120s' }));
    const error = await failure(rollTo(target, '2.0.0'));
    expect(error).toMatchObject({
      code: 'command-failed',
      message: expect.stringContaining('restarts before'),
    });
    expect(error.details).toContain('cannot go on');
  });

  it('that never gets ready ends the step in time, while the old one serves', async () => {
    await site.addRelease('2.0.0', 'never-ready');
    await rollTo(await site.open(one()), '1.9.0');
    const target = await site.open(one({ startWithin: '5s' }));
    const error = await failure(rollTo(target, '2.0.0'));
    expect(error).toMatchObject({ code: 'timeout' });
    expect(error.details).toEqual([expect.stringContaining('of 2.0.0')]);
    expect(await versionsOf(target)).toEqual([
      ['backend', '1.9.0', 'ready', true],
      ['backend', '2.0.0', 'starting', false],
    ]);
  });

  it('that was made and not started, since the run was killed in between, is started by the next run', async () => {
    let cuts = 0;
    const target = await site.open(one(), async (command, options) => {
      if (command.args[1] === 'start') {
        cuts += 1;
        throw new Error('killed here');
      }
      return run(command, options);
    });
    expect((await failure(rollTo(target, '1.9.0'))).message).toBe('killed here');
    expect(cuts).toBe(1);
    const next = await site.open(one());
    expect(await versionsOf(next)).toEqual([['backend', '1.9.0', 'starting', false]]);
    await rollTo(next, '1.9.0');
    expect(await versionsOf(next)).toEqual([['backend', '1.9.0', 'ready', true]]);
    const all = await docker(
      'ps',
      '--all',
      '--quiet',
      '--filter',
      `label=com.docker.compose.project=${site.project}`,
    );
    expect(all.split('\n')).toHaveLength(1);
  });

  it('is not drained while a request is open at the edge, even where the service itself would drop it', async () => {
    await site.addRelease('1.8.0', 'abrupt');
    const target = await site.open(one());
    await rollTo(target, '1.8.0');
    const [old] = (await target.inspect()).replicas;
    const open = async (): Promise<boolean> =>
      JSON.stringify(await (await fetch(site.edge.status)).json()).includes(`"${old?.address}","inflight":1`);
    const answers: Promise<unknown>[] = [];
    for (const step of target.roll(await target.inspect(), await target.resolve('1.9.0'))) {
      if (step.name.includes('/unroute/')) {
        // Old and new take turns: one of the two requests is the old one's.
        const ask = async () => (await fetch(`${site.edge.url}/work?ms=5000`)).json();
        answers.push(...[ask(), ask()].map((answer) => answer.catch(() => 'lost')));
        await vi.waitFor(async () => expect(await open()).toBe(true), { timeout: 60_000 });
      }
      await target.perform(step, authority);
    }
    expect(await Promise.all(answers)).toEqual(
      expect.arrayContaining(['1.8.0', '1.9.0'].map((version) => expect.objectContaining({ version }))),
    );
    expect(await versionsOf(target)).toEqual([['backend', '1.9.0', 'ready', true]]);
  });

  it('is told to the edge once as it comes and once as it goes, and again by a process that has not seen the latter', async () => {
    await site.addRelease('2.0.0');
    let told = 0;
    const edge = {
      upstreams: 'run/upstreams.json',
      status: `${site.edge.url}/__edge/status`,
      reload: ['true'],
    };
    const counted: Exec = (command, options) => {
      if (command.program === 'true') told += 1;
      return run(command, options);
    };
    const target = await site.open({ ...one(), edge }, counted);
    await rollTo(target, '1.9.0');
    const steps = target.roll(await target.inspect(), await target.resolve('2.0.0'));
    expect(steps.map(({ name }) => String(name).split('/')[1])).toEqual([
      'start',
      'await-ready',
      'route',
      'unroute',
      'drain',
    ]);
    told = 0;
    for (const step of steps) await target.perform(step, authority);
    expect(told).toBe(2);
    const other = await site.open({ ...one(), edge }, counted);
    const [unroute, drain] = target.halt(await target.inspect());
    if (unroute === undefined || drain === undefined) return expect.fail('nothing runs');
    await target.perform(unroute, authority);
    told = 0;
    await other.perform(drain, authority);
    expect(told).toBe(1);
  });

  it('that ignores its stop signal is killed after its grace period, and its last lines stay', async () => {
    await site.addRelease('2.0.0', 'deaf');
    const target = await site.open(one({ drainWithin: '3s' }));
    await rollTo(target, '2.0.0');
    const [deaf] = (await target.inspect()).replicas;
    const outcomes: unknown[] = [];
    for (const step of target.roll(await target.inspect(), await target.resolve('1.9.0'))) {
      const { summary, captured } = await target.perform(step, authority);
      if (step.name.includes('/drain/')) outcomes.push(summary, captured?.at(-1));
    }
    expect(outcomes).toEqual([
      expect.stringMatching(/did not end within 3\.0 s and was killed$/),
      'draining',
    ]);
    expect(deaf === undefined ? [] : await target.logs(deaf.id, 1)).toEqual(['draining']);
  });

  it('whose drain was cut off is ended by the next run', async () => {
    await site.addRelease('2.0.0', 'deaf');
    const target = await site.open(one({ drainWithin: '10m' }));
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
      async () => expect(await versionsOf(target)).toContainEqual(['backend', '2.0.0', 'draining', false]),
      { timeout: 180_000, interval: 100 },
    );
    abort.abort();
    expect(await cut).toMatchObject({ code: 'cancelled' });
    await rollTo(await site.open(one({ drainWithin: '1s' })), '1.9.0', 2);
    expect(await versionsOf(target)).toEqual([['backend', '1.9.0', 'ready', true]]);
  });

  it('that answers elsewhere after the engine was started anew gets its traffic back with the first step of a run', async () => {
    await site.addRelease('2.0.0');
    await rollTo(await site.open(one()), '1.9.0');
    const target = await site.open(one());
    const before = (await target.inspect()).replicas[0]?.address;
    const label = `label=com.docker.compose.project=${site.project}`;
    const container = await docker('ps', '--quiet', '--filter', label);
    await docker('container', 'kill', container);
    // Somebody else gets its address meanwhile.
    await site.compose('1.9.0', 'run', '-d', '--no-deps', 'backend');
    await docker('container', 'start', container);
    const [moved] = (await target.inspect()).replicas;
    expect(moved).toMatchObject({ routed: false });
    expect(moved?.address).not.toBe(before);
    const [first, ...rest] = target.roll(await target.inspect(), await target.resolve('2.0.0'));
    if (first === undefined) return expect.fail('nothing to do');
    await target.perform(first, authority);
    const listed = JSON.parse(await readFile(join(site.folder, 'run', 'upstreams.json'), 'utf8'));
    expect(listed.services).toEqual({ backend: [moved?.address] });
    for (const step of rest) await target.perform(step, authority);
    expect(await versionsOf(target)).toEqual([['backend', '2.0.0', 'ready', true]]);
  });

  it('runs a command of its own once, whose environment stands on no command line', async () => {
    const target = await site.open(one());
    const command = await target.oneOff?.(await target.resolve('1.9.0'), 'backend', {
      program: '/node',
      args: ['-e', 'console.log(process.env.SECRET_OF_MIGRATION, process.env.DATABASE_URL)'],
      environment: { SECRET_OF_MIGRATION: 'hush-hush', PATH: '/bin' },
    });
    if (command === undefined) return expect.fail('it should be able to');
    expect(command.args.join(' ')).not.toContain('hush-hush');
    const { stdout, exitCode } = await run(command, { timeout: 60_000 });
    expect([exitCode, stdout.trim()]).toEqual([0, `hush-hush ${SECRET_URL}`]);
    expect(await versionsOf(target)).toEqual([]);
    const all = await docker(
      'ps',
      '--all',
      '--quiet',
      '--filter',
      `label=com.docker.compose.project=${site.project}`,
    );
    expect(all).toBe('');
  });

  it('is not made while what it depends on does not run, and the error says how to start that', async () => {
    const db = {
      image: site.reference('worker', '1.9.0'),
      command: ['/node', '-e', 'setInterval(() => 0, 1e6)'],
    };
    await site.writeFiles({ worker: undefined, db, backend: { depends_on: ['db'] } });
    const target = await site.open(one());
    const error = await failure(rollTo(target, '1.9.0'));
    expect(error).toMatchObject({
      code: 'conflict',
      message: `'backend' depends on 'db', and a release leaves that alone`,
      details: ['db has no container, and has to be running'],
      next: expect.stringMatching(/up -d db$/),
    });
    expect(await versionsOf(target)).toEqual([]);
  });

  it('of a service that the files lack, or that no profile activates, is refused when the target is opened', async () => {
    await site.writeFiles({ worker: { profiles: ['jobs'] } });
    const both = (name: string) => ({ services: { backend: service(), [name]: service({ routed: false }) } });
    expect(await failure(site.open(both('backnd')))).toMatchObject({
      code: 'configuration',
      message: "the compose files have no service 'backnd'",
      next: "Did you mean 'backend'?",
    });
    expect(await failure(site.open(both('worker')))).toMatchObject({
      code: 'configuration',
      message: "no profile activates the service 'worker' of the compose files",
    });
    const target: Target = await site.open({ ...both('worker'), profiles: ['jobs'] });
    await rollTo(target, '1.9.0');
    expect(await versionsOf(target)).toHaveLength(2);
  });

  it('that the kernel has killed for want of memory says so', async () => {
    const eats =
      'const all = []; setInterval(() => 0, 1e6); process.on("SIGUSR2", () => setInterval(() => all.push(Buffer.alloc(1e7, 1)), 1))';
    await site.writeFiles({
      worker: undefined,
      backend: { command: ['/node', '-e', eats], mem_limit: '96m' },
    });
    const target = await site.open({ services: { backend: { routed: false } }, edge: undefined });
    await rollTo(target, '1.9.0');
    const container = await docker(
      'ps',
      '--quiet',
      '--filter',
      `label=com.docker.compose.project=${site.project}`,
    );
    const look = async () => {
      // Again until it was heard; one that has died cannot be told any more.
      await docker('container', 'kill', '--signal', 'USR2', container).catch(() => undefined);
      return (await target.inspect()).replicas[0];
    };
    await expect.poll(look, { timeout: 180_000 }).toMatchObject({ state: 'dead', ended: 'oom-killed' });
  });

  it('is made through a fake of the plugin of docker, which hands its words to docker-compose', async () => {
    const plugin: Exec = async (command, options) => {
      if (command.program !== 'docker' || command.args[0] !== 'compose') return run(command, options);
      const args = command.args.slice(1);
      if (args[0] === 'version') return run({ program: 'echo', args: ['2.99.0'] }, options);
      const at = args.indexOf('--file') + 1;
      const document = JSON.parse(await readFile(args[at] ?? '', 'utf8'));
      expect(document.name).toBe(site.project);
      // The program that stands for the plugin does not know all of its forms.
      const file = join(site.folder, 'as-the-first.json');
      await writeFile(file, JSON.stringify(firstGeneration(document)));
      return run({ ...command, program: 'docker-compose', args: args.with(at, file) }, options);
    };
    const target = await site.open(one(), plugin);
    await rollTo(target, '1.9.0');
    expect(await versionsOf(target)).toEqual([['backend', '1.9.0', 'ready', true]]);
  });

  it('without an edge has traffic while it runs, and plans route nothing', async () => {
    await site.addRelease('2.0.0');
    const target = await site.open({ ...one({ replicas: 2 }), edge: undefined });
    await rollTo(target, '1.9.0');
    expect(await versionsOf(target)).toEqual([
      ['backend', '1.9.0', 'ready', true],
      ['backend', '1.9.0', 'ready', true],
    ]);
    const steps = await rollTo(target, '2.0.0');
    expect(steps.filter((name) => name.includes('route/'))).toEqual([]);
    expect((await versionsOf(target)).map(([, version]) => version)).toEqual(['2.0.0', '2.0.0']);
  });
});
