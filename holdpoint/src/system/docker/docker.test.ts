import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asHoldpointError } from '../../kernel/errors.ts';
import type { CommandResult } from '../exec/command.ts';
import { run } from '../exec/run.ts';
import { containerLogs } from './commands.ts';
import { dockerThrough } from './docker.ts';
import { docker as cli, engineRuns, type Workshop, workshop } from './engine.fixture.ts';
import { joinedLog } from './logs.ts';
import { throughSocket } from './socket.ts';

const runs = await engineRuns();
const docker = dockerThrough(run);
/** Both ways of looking keep the same promises. */
const ways = [docker, throughSocket(run, docker)];
const failure = (promise: Promise<unknown>) =>
  promise.then(() => expect.fail('it should have failed'), asHoldpointError);

describe.runIf(runs)('a real engine', () => {
  let shop: Workshop;
  let image: string;
  beforeEach(async () => {
    shop = workshop();
    image = await shop.image(`${shop.name}:1`, { user: '1001', labels: { 'test.of': 'facts' } });
  });
  afterEach(() => shop.clear());

  it('tells of every container with its labels, also of more than one command may print', async () => {
    const label = `${shop.name}=many`;
    const long = Array.from({ length: 30 }, (_, index) => [
      '--label',
      `filler.${index}=${'x'.repeat(60)}`,
    ]).flat();
    for (let index = 0; index < 10; index += 1) {
      await shop.container(`${shop.name}:1`, '--label', label, ...long, '--health-cmd', '/bin/busybox true');
    }
    for (const way of ways) {
      const found = await way.containers([label]);
      expect(found).toHaveLength(10);
      for (const one of found) {
        expect(one).toMatchObject({ image, status: 'running', health: 'starting', user: '1001' });
        expect(one.pid).toBeGreaterThan(0);
        expect(Object.values(one.addresses)).toEqual([expect.stringMatching(/^172\./)]);
      }
      const times = found.map(({ createdAt }) => createdAt);
      expect(times).toEqual(times.toSorted());
      expect(await way.containers([`${shop.name}=none`])).toEqual([]);
    }
  });

  it('tells undefined of what is not there', async () => {
    for (const way of ways) {
      expect(await way.container(`${shop.name}-none`)).toBeUndefined();
      expect(await way.image(`${shop.name}:none`)).toBeUndefined();
      expect(await way.volume(`${shop.name}-none`)).toBeUndefined();
      expect(await way.image(`${shop.name}:1`)).toMatchObject({
        id: image,
        tags: [`${shop.name}:1`],
        digests: [],
        user: '1001',
        labels: { 'test.of': 'facts' },
      });
    }
  });

  it('gives back both streams of a log, in order', async () => {
    const script = 'echo one; sleep 1; echo two >&2; sleep 1; echo three; sleep 600';
    const id = await cli(
      'run',
      '--detach',
      '--name',
      `${shop.name}-log`,
      `${shop.name}:1`,
      '/bin/busybox',
      'sh',
      '-c',
      script.replaceAll('sleep', '/bin/busybox sleep'),
    );
    try {
      await vi.waitFor(async () => {
        const { stdout, stderr } = await docker.perform(containerLogs(id, 2), {
          what: 'read',
          timeout: 20_000,
        });
        expect(joinedLog(stdout, stderr, 2)).toEqual(['two', 'three']);
      }, 60_000);
    } finally {
      await cli('container', 'rm', '--force', id);
    }
  });

  it('fails with the last lines of what it was told', async () => {
    const command = { program: 'docker', args: ['container', 'start', `${shop.name}-none`] };
    const error = await failure(docker.perform(command, { what: 'start it', timeout: 20_000 }));
    expect(error).toMatchObject({ code: 'command-failed', message: 'could not start it' });
    expect(error.details.join('\n')).toMatch(/no such container/i);
  });
});

describe('an engine that does not answer', () => {
  it('is unreachable, and the error says how to point to it', async () => {
    const result: CommandResult = {
      exitCode: 1,
      stdout: '',
      stderr:
        'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      milliseconds: 1,
      timedOut: false,
    };
    const away = dockerThrough(async () => result);
    for (const way of [away, throughSocket(async () => result, away)]) {
      expect(await failure(way.containers([]))).toMatchObject({
        code: 'unreachable',
        next: expect.stringContaining('DOCKER_HOST'),
      });
      expect((await failure(way.image('app:1'))).code).toBe('unreachable');
    }
  });
});
