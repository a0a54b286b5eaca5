import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dockerTarget, REVISION } from '../migrate/one-off.fixture.ts';
import { throughService } from '../migrate/one-off.ts';
import type { Exec } from '../system/exec/command.ts';
import { run } from '../system/exec/run.ts';
import {
  type ContainerServer,
  dockerWithPostgres,
  makePostgresImage,
  sh,
  startContainerServer,
} from '../system/postgres/container-server.fixture.ts';
import { startTemporaryServer, type TemporaryServer } from '../system/postgres/temporary-server.ts';
import type { Apart } from '../targets/target.ts';
import { throughApart, withNetwork } from './apart.ts';

const here = await dockerWithPostgres();
const name = `hp-apart-${randomUUID().slice(0, 8)}`;
const image = `${name}-image`;
/** Of one process: other tests on this engine have theirs. */
const networks = async (pid: number | undefined = process.pid): Promise<readonly string[]> => {
  const format = '{{.Name}} {{.Label "holdpoint.apart"}}';
  const all = await sh(`docker network ls --filter label=holdpoint.apart --format '${format}'`);
  return all.split('\n').filter((line) => line.includes(`"pid":${pid},`));
};

describe.runIf(here)('a migration that is rehearsed in a container', () => {
  let production: ContainerServer;
  let copy: TemporaryServer;
  let client = '';
  beforeAll(async () => {
    await makePostgresImage(image);
    // The entrypoint of the server's image would begin a server.
    client = `${name}-client`;
    await sh(
      `docker create --name ${client} ${image} && docker export ${client} | docker image import --change 'ENV PATH=/usr/lib/postgresql/15/bin:/bin' - ${client}; docker rm --force --volumes ${client}`,
    );
    production = await startContainerServer({ name, image });
    copy = await startTemporaryServer(run);
  }, 120_000);
  afterAll(async () => {
    await production?.remove();
    await copy?.remove();
    await sh(`docker image rm --force ${image} ${client}`);
  });

  const apart = (
    own: Readonly<Record<string, string>>,
    seen: (given: Apart) => void = () => undefined,
  ): Exec =>
    throughApart({
      exec: run,
      production: production.url,
      overlay: {},
      container: (given) => {
        seen(given);
        return throughService({
          exec: run,
          target: dockerTarget(client, name, own),
          revision: REVISION,
          service: 'backend',
          apart: given,
        });
      },
    });
  const shell = (script: string) => ({
    program: 'sh',
    args: ['-c', script],
    environment: { DATABASE_URL: copy.url },
  });
  const limit = { timeout: 80_000 };

  test('reaches the copy, by the address that its service has production by', async () => {
    const own = { DATABASE_URL: production.url.replace('postgres://', 'postgresql+asyncpg://') };
    const script = `echo $DATABASE_URL; psql -Atc 'show data_directory' "postgres$(echo $DATABASE_URL | /bin/busybox cut -c 19-)"`;
    const result = await apart(own)(shell(script), limit);
    expect(result.stderr).toBe('');
    const [url, folder] = result.stdout.trim().split('\n');
    expect(url).toMatch(/^postgresql\+asyncpg:\/\/postgres:[^@]*@\d+\.\d+\.\d+\.\d+:\d+\/postgres$/);
    expect(url).not.toContain(production.password);
    expect(folder).toBe(copy.data);
    expect(await networks()).toEqual([]);
  });

  test('has files with secrets that lead to the copy', async () => {
    let given: Apart | undefined;
    await apart({}, (one) => {
      given = one;
    })(shell('true'), limit);
    expect(given?.file('secrets/database_url', `${production.url}\n`)).toMatch(
      /^postgres:\/\/postgres:[^@]*@[\d.]+:\d+\/postgres\n$/,
    );
    expect(given?.file('secrets/database_password', `${production.password}\n`)).toBe(
      `${new URL(copy.url).password}\n`,
    );
    expect(given?.file('secrets/signing_key', 'other\n')).toBe('other\n');
  });

  test('reaches production by no way: neither by name nor by address', async () => {
    const address = await sh(
      `docker inspect --format '{{(index .NetworkSettings.Networks "${name}").IPAddress}}' ${name}`,
    );
    // At once, since a name that nobody knows is looked for until the resolver gives up.
    const asked = [name, 'postgres', address].map(async (host) => {
      const url = `postgres://postgres:${production.password}@${host}:5432/postgres?connect_timeout=2`;
      const result = await apart({})(shell(`psql -Atc 'select 1' '${url}'`), limit);
      return { host, code: result.exitCode };
    });
    for (const { host, code } of await Promise.all(asked)) expect({ host, code }).toEqual({ host, code: 2 });
  });

  test('whose service would still be led to production is refused', async () => {
    const own = { OLD_DSN: `host=elsewhere password=${production.password}` };
    await expect(apart(own)(shell('true'), limit)).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('OLD_DSN'),
    });
    expect(await networks()).toEqual([]);
  });

  test('leaves the door closed to containers of other networks', async () => {
    const reached: string[] = [];
    const server = createServer((socket) => {
      reached.push(socket.remoteAddress ?? '');
      socket.end('open');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      await withNetwork(run, port, async (door) => {
        const ask = (network: string): Promise<string> =>
          sh(
            `docker run --rm --network ${network} ${client} /bin/busybox nc -w 3 ${door.address} ${door.port} < /dev/null || true`,
          );
        expect(await ask(name)).toBe('');
        expect(reached).toEqual([]);
        expect(await ask(door.network)).toBe('open');
        // A process of this machine comes from the address of the machine.
        expect(
          await sh(
            `nc -w 3 ${door.address} ${door.port} < /dev/null || /bin/busybox nc -w 3 ${door.address} ${door.port} < /dev/null || true`,
          ),
        ).toBe('');
      });
    } finally {
      server.close();
    }
  });

  test('leaves nothing for good when its process is killed', async () => {
    const script = `const { withNetwork } = await import(${JSON.stringify(join(import.meta.dirname, 'apart.ts'))});
      const { run } = await import(${JSON.stringify(join(import.meta.dirname, '../system/exec/run.ts'))});
      await withNetwork(run, 1, () => new Promise(() => setInterval(() => 0, 1000)));`;
    const killed = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    await expect.poll(() => networks(killed.pid), { timeout: 60_000 }).toHaveLength(1);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    await withNetwork(run, 1, async () => undefined);
    expect(await networks(killed.pid)).toEqual([]);
  });
});
