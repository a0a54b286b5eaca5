import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command, Exec } from '../exec/command.ts';
import { run } from '../exec/run.ts';
import type { Witness } from '../exec/told.ts';
import type { Docker } from './docker.ts';
import { dockerThrough } from './docker.ts';
import { engineRuns, type Workshop, workshop } from './engine.fixture.ts';
import { throughSocket } from './socket.ts';

const runs = await engineRuns();
const noted = (exec: Exec): { readonly exec: Exec; readonly words: string[] } => {
  const words: string[] = [];
  return {
    words,
    exec: (command, options) => {
      words.push(wordsOf(command));
      return exec(command, options);
    },
  };
};
const wordsOf = ({ program, args }: Command): string => [program, ...args.slice(0, 2)].join(' ');
const near = (exec: Exec): Docker => throughSocket(exec, dockerThrough(exec));
const elsewhere: Exec = (command, options) =>
  run({ ...command, environment: { DOCKER_HOST: 'tcp://127.0.0.1:1' } }, options);

describe.runIf(runs)('looks through the socket of a real engine', () => {
  let shop: Workshop;
  const ids: string[] = [];
  beforeAll(async () => {
    shop = workshop();
    await shop.image(`${shop.name}:1`, { user: '1001', labels: { 'test.of': 'looks' } });
    const labels = ['--label', `${shop.name}=looks`, '--label', 'with=a=b,c "d"'];
    const much = ['--memory', '64m', '--cpus', '0.5', '--publish', '127.0.0.1::80', '--tmpfs', '/scratch'];
    ids.push(await shop.container(`${shop.name}:1`, ...labels, ...much, '--log-opt', 'max-size=1m'));
    ids.push(
      await shop.container(
        `${shop.name}:1`,
        ...labels,
        '--network',
        'host',
        '--health-cmd',
        '/bin/busybox true',
      ),
    );
  });
  afterAll(() => shop.clear());

  it('are told of with the address of each question', async () => {
    const seen: string[] = [];
    const witness: Witness = (words, work) => {
      seen.push(words.join(' '));
      return work();
    };
    const docker = throughSocket(run, dockerThrough(run), witness);
    await docker.container(ids[0] ?? '');
    expect(seen).toEqual([expect.stringMatching(/^GET unix:\/\/\/.+\/v1\.\d+\/containers\/\w+\/json$/)]);
  });

  it('tell what the command line tells, field by field', async () => {
    const plain = dockerThrough(run);
    const docker = near(run);
    const label = `${shop.name}=looks`;
    // The health of one of them changes meanwhile.
    const calm = (found: object | undefined) => ({ ...found, health: undefined });
    const both = async (ask: (of: Docker) => Promise<readonly (object | undefined)[]>) => {
      const [one, other] = [await ask(docker), await ask(plain)];
      expect(one.map(calm)).toEqual(other.map(calm));
      return one;
    };
    expect(await both((of) => of.containers([label]))).toHaveLength(2);
    expect(await both((of) => of.containers([label, 'with=a=b,c "d"']))).toHaveLength(2);
    expect(await both((of) => of.containers([`${shop.name}=none`]))).toEqual([]);
    for (const name of [ids[0] ?? '', `${shop.name}-1`]) {
      expect(await both(async (of) => [await of.container(name)])).toEqual([expect.any(Object)]);
    }
    for (const name of [`${shop.name}:1`, ids[0] ?? '']) await both(async (of) => [await of.image(name)]);
    const image = await docker.image(`${shop.name}:1`);
    expect(await docker.image(image?.id ?? '')).toEqual(image);
  });

  it('start no process but the one that says where the engine is', async () => {
    const { exec, words } = noted(run);
    const docker = near(exec);
    await Promise.all([docker.containers([]), docker.image(`${shop.name}:1`)]);
    await docker.container(ids[0] ?? '');
    expect(words).toEqual(['docker context inspect']);
  });
});

describe('looks', () => {
  let folder: string;
  const servers: Server[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-looks-'));
  });
  afterAll(async () => {
    for (const server of servers) server.close().closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });
  const facts = { Id: 'sha256:1', Size: 1, Architecture: 'amd64', Config: {} };
  const byCommand = JSON.stringify([{ ...facts, Id: 'sha256:by-command' }]);

  /** A socket that answers so, and a command line whose answers are told apart. */
  async function between(
    listener: RequestListener,
  ): Promise<{ readonly docker: Docker; readonly words: string[] }> {
    const server = createServer(listener);
    servers.push(server);
    const socket = join(folder, `${servers.length}.sock`);
    await once(server.listen(socket), 'listening');
    const { exec, words } = noted(async ({ args: [kind] }) => ({
      exitCode: 0,
      stdout: kind === 'context' ? `unix://${socket}\n` : byCommand,
      stderr: '',
      milliseconds: 1,
      timedOut: false,
    }));
    return { docker: near(exec), words };
  }
  const api =
    (version: string, of: RequestListener): RequestListener =>
    (asked, answer) => {
      if (asked.url === '/_ping') answer.setHeader('Api-Version', version).end('OK');
      else of(asked, answer);
    };

  it.each([
    ['1.41', '/v1.41/images/app%3A1/json'],
    ['1.52', '/v1.44/images/app%3A1/json'],
    ['2.0', '/v1.44/images/app%3A1/json'],
  ])('ask an engine of version %s in a form that both know', async (version, path) => {
    const asked: unknown[] = [];
    const { docker, words } = await between(
      api(version, ({ url }, answer) => {
        asked.push(url);
        answer.end(JSON.stringify(facts));
      }),
    );
    expect(await docker.image('app:1')).toMatchObject({ id: 'sha256:1' });
    expect([asked, words]).toEqual([[path], ['docker context inspect']]);
  });

  it.each<[string, RequestListener]>([
    ['of no engine', (_, answer) => void answer.writeHead(404).end('{"message":"page not found"}')],
    [
      'of an engine that fails',
      api('1.41', (_, answer) => void answer.writeHead(500).end('{"message":"no such image"}')),
    ],
    [
      'of an engine that knows no such path',
      api('1.41', (_, answer) => void answer.writeHead(404).end('{"message":"page not found"}')),
    ],
    ['in another form', api('1.41', (_, answer) => void answer.end('{"Id":1}'))],
    ['that break off', api('1.41', (asked) => void asked.socket.destroy())],
    [
      'that break off in their middle',
      api('1.41', ({ socket }, answer) => {
        answer.setHeader('content-length', '900').write('{"Id":', () => socket.destroy());
      }),
    ],
  ])('take answers %s for none, and ask the command line', async (_, listener) => {
    const { docker, words } = await between(listener);
    expect(await docker.image('app:1')).toMatchObject({ id: 'sha256:by-command' });
    expect(words).toEqual(['docker context inspect', 'docker image inspect']);
    // The engine may answer again by now.
    await docker.image('app:1');
    expect(words.slice(2)).toEqual(['docker context inspect', 'docker image inspect']);
  });

  it('tell of a container that went while it was looked at as one that is not there', async () => {
    const { docker } = await between(
      api('1.41', ({ url = '' }, answer) => {
        if (url.includes('/containers/json')) answer.end('[{"Id":"a"}]');
        else answer.writeHead(404).end('{"message":"No such container: a"}');
      }),
    );
    expect(await docker.containers([])).toEqual([]);
    expect(await docker.container('a')).toBeUndefined();
  });

  it('end with the reason of an abort, also in their middle', async () => {
    const abort = new AbortController();
    const { docker, words } = await between(api('1.41', () => abort.abort(new Error('enough'))));
    await expect(docker.image('app:1', abort.signal)).rejects.toThrow('enough');
    await expect(docker.containers([], abort.signal)).rejects.toThrow('enough');
    expect(words).toEqual(['docker context inspect']);
  });

  it.runIf(runs)('go to an engine elsewhere by the command line alone', async () => {
    const { exec, words } = noted(elsewhere);
    const docker = near(exec);
    for (const _ of [1, 2])
      await expect(docker.container('a')).rejects.toMatchObject({ code: 'unreachable' });
    expect(words).toEqual(['docker context inspect', 'docker container inspect', 'docker container inspect']);
  });
});
