import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asHoldpointError } from '../../kernel/errors.ts';
import { docker, engineRuns } from '../../system/docker/engine.fixture.ts';
import { run } from '../../system/exec/run.ts';
import { freePort } from '../../system/free-port.ts';
import { rollTo } from '../rolling/rolling.fixture.ts';
import { lentFiles } from './fixtures/images.ts';
import { LIMIT, makeSite, type Site, service, variable, versionsOf } from './fixtures/site.ts';

const runs = await engineRuns();
const authority = { fence: 1, signal: new AbortController().signal };

describe.runIf(runs)('a service that cannot overlap', { timeout: LIMIT }, () => {
  let site: Site;
  let port: number;
  beforeAll(async () => {
    site = await makeSite();
  });
  afterAll(() => site?.close());
  beforeEach(async () => {
    port = await freePort();
    await site.addRelease('1.9.0');
    await site.addRelease('2.0.0');
  });
  afterEach(() => site.clear());
  const front = async (version: string) => ({
    image: site.reference('backend', version),
    volumes: await lentFiles(process.execPath, '/node'),
    ports: [`127.0.0.1:${port}:8080`],
  });
  const both = { services: { backend: service(), front: service({ routed: false }) } };

  it('is stopped before the new one starts; the plan says the seconds and why, next time as measured', async () => {
    await site.writeFiles({ worker: undefined, front: await front(variable('VERSION')) });
    const target = await site.open(both);
    await rollTo(target, '1.9.0');
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).json()).toMatchObject({ version: '1.9.0' });
    const to = await target.resolve('2.0.0');
    const planned = target.roll(await target.inspect(), to);
    const costs = planned.filter(({ downtime }) => downtime !== undefined);
    expect(costs.map(({ title, downtime }) => [title, downtime?.expected])).toEqual([
      [
        `drain and stop front-1 of 1.9.0: about 3 s without front, since it publishes port ${port} of the host on 127.0.0.1`,
        3_000,
      ],
    ]);
    const own = planned.map(({ name }) => String(name)).filter((name) => name.startsWith('front/'));
    expect(own.map((name) => name.split('/')[1])).toEqual(['drain', 'start', 'await-ready']);
    await rollTo(target, '2.0.0');
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).json()).toMatchObject({ version: '2.0.0' });
    const again = await site.open(both);
    const back = again.roll(await again.inspect(), await again.resolve('1.9.0'));
    const measured = back.flatMap(({ downtime }) => downtime ?? [])[0]?.expected ?? 0;
    expect(measured).not.toBe(3_000);
    expect(measured).toBeGreaterThan(100);
    expect(measured).toBeLessThan(LIMIT);
  });

  it('is left alone when nothing of it changes, and counts to the new release and to the old one again', async () => {
    await site.writeFiles({ worker: undefined, front: await front('1.9.0') });
    const target = await site.open(both);
    await rollTo(target, '1.9.0');
    const running = () =>
      docker(
        'ps',
        '--quiet',
        '--filter',
        `label=com.docker.compose.project=${site.project}`,
        '--filter',
        'label=com.docker.compose.service=front',
      );
    const before = await running();
    const from = (await target.inspect()).replicas[0]?.revision;
    if (from === undefined) return expect.fail('nothing runs');
    const steps = await rollTo(target, '2.0.0');
    expect(steps.filter((name) => name.startsWith('front/')).map((name) => name.split('/')[1])).toEqual([
      'keep',
    ]);
    expect((await versionsOf(await site.open(both))).map(([, version]) => version)).toEqual([
      '2.0.0',
      '2.0.0',
    ]);
    const again = await site.open(both);
    for (const step of again.roll(await again.inspect(), from)) {
      await again.perform(step, { fence: 1, signal: new AbortController().signal });
    }
    expect((await versionsOf(again)).map(([, version]) => version)).toEqual(['1.9.0', '1.9.0']);
    expect(await running()).toBe(before);
  });

  it('cannot be told to have several replicas', async () => {
    await site.writeFiles({ front: await front('1.9.0') });
    const error = await site
      .open({ services: { front: service({ replicas: 2, routed: false }) } })
      .then(() => expect.fail('it should be refused'), asHoldpointError);
    expect(error).toMatchObject({
      code: 'configuration',
      message: expect.stringMatching(/^'front' cannot have several replicas: it publishes port/),
    });
  });

  it('for its fixed name, or as a single writer, is named with its seconds and replaced one after the other', async () => {
    await site.writeFiles({ backend: { container_name: `${site.project}-one` } });
    const target = await site.open({
      services: { backend: service(), worker: service({ routed: false, overlap: false }) },
    });
    await rollTo(target, '1.9.0');
    const planned = target.roll(await target.inspect(), await target.resolve('2.0.0'));
    expect(planned.filter(({ downtime }) => downtime !== undefined).map(({ title }) => title)).toEqual([
      `take traffic from backend-1 of 1.9.0: about 3 s without backend, since it has the fixed container name ${site.project}-one`,
      'drain and stop worker-1 of 1.9.0: about 3 s without worker, since only one of it may write at a time (overlap: false)',
    ]);
    for (const name of ['backend', 'worker']) {
      const own = planned.map((step) => step.name.split('/')).filter(([first]) => first === name);
      const verbs = own.map(([, verb]) => verb);
      expect(verbs.indexOf('drain')).toBeLessThan(verbs.indexOf('start'));
    }
    await rollTo(target, '2.0.0');
    expect((await versionsOf(target)).map(([, version]) => version)).toEqual(['2.0.0', '2.0.0']);
  });

  it('recreated the plain way: everything stops, a command runs alone, and what was killed halfway up goes back as a whole', async () => {
    const plain = { way: 'recreate', services: { backend: service(), worker: service({ routed: false }) } };
    const target = await site.open(plain);
    expect(target.recreates).toBe(true);
    await rollTo(target, '1.9.0');
    const from = (await target.inspect()).replicas[0]?.revision;
    if (from === undefined) return expect.fail('nothing runs');
    const to = await target.resolve('2.0.0');
    const verbs = target.roll(await target.inspect(), to).map(({ name }) => name.split('/')[1]);
    expect(verbs.lastIndexOf('drain')).toBeLessThan(verbs.indexOf('start'));

    for (const step of target.halt(await target.inspect())) await target.perform(step, authority);
    expect(await versionsOf(target)).toEqual([]);
    const migration = {
      program: '/node',
      args: ['-p', 'JSON.parse(fs.readFileSync("release.json")).version'],
    };
    const command = await target.oneOff?.(to, 'backend', migration);
    if (command === undefined) return expect.fail('it should be able to');
    expect((await run(command, { timeout: 180_000 })).stdout.trim()).toBe('2.0.0');

    let starts = 0;
    const killed = await site.open(plain, async (one, options) => {
      if (one.args[1] !== 'start') return run(one, options);
      starts += 1;
      if (starts > 1) throw new Error('killed here');
      return run(one, options);
    });
    await expect(rollTo(killed, '2.0.0')).rejects.toThrow('killed here');
    expect(await versionsOf(target)).toEqual([
      ['backend', '2.0.0', 'ready', true],
      ['worker', '2.0.0', 'starting', false],
    ]);
    const next = await site.open(plain);
    await next.assertAvailable(from);
    for (const step of next.roll(await next.inspect(), from)) await next.perform(step, authority);
    expect(await versionsOf(next)).toEqual([
      ['backend', '1.9.0', 'ready', true],
      ['worker', '1.9.0', 'ready', false],
    ]);
  });
});
