import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../exec/run.ts';
import { withSession } from './connection.ts';
import { containerControl } from './container-control.ts';
import { dataInside, outsideOf } from './container-folders.ts';
import {
  type ContainerServer,
  dockerWithPostgres,
  folderOf,
  makePostgresImage,
  sh,
  startContainerServer,
} from './container-server.fixture.ts';
import { controlContract } from './control.contract.ts';

const here = await dockerWithPostgres();
const name = `hp-control-${randomUUID().slice(0, 8)}`;
const image = `${name}-image`;
const labels = { 'com.docker.compose.project': name, 'com.docker.compose.service': 'postgres' };

const mount = (source: string, destination: string, writable = true) => {
  return { type: 'volume', source, destination, writable };
};

describe('where the data of a container is', () => {
  test('on the machine is told by the innermost mount above it', () => {
    const mounts = [
      mount('/volumes/a/_data', '/var/lib/postgresql'),
      mount('/volumes/b/_data', '/var/lib/postgresql/data'),
      mount('/volumes/c/_data', '/var/lib/postgresql/data2'),
    ];
    expect(outsideOf(mounts, '/var/lib/postgresql/data')).toBe('/volumes/b/_data');
    expect(outsideOf(mounts, '/var/lib/postgresql/data/pgdata/')).toBe('/volumes/b/_data/pgdata');
    expect(outsideOf(mounts, '/var/lib/postgresql/15/main')).toBe('/volumes/a/_data/15/main');
    expect(outsideOf(mounts, '/srv/data')).toBeUndefined();
  });

  test.each([
    [{ env: ['PGDATA=/data'], words: ['postgres'] }, '/data'],
    [{ env: ['PGDATA=/data'], words: ['postgres', '-D', '/other'] }, '/other'],
    [{ env: [], words: ['postgres', '-c', 'data_directory=/own'] }, '/own'],
    [{ env: [], words: ['postgres', '--pgdata=/own'] }, '/own'],
    [{ env: ['PGDATA='], words: null }, '/var/lib/postgresql/data'],
  ])('inside is told by its words, else its variables: %j', (inspected, data) => {
    expect(dataInside(JSON.stringify(inspected))).toBe(data);
  });
});

describe.runIf(here)('a container', () => {
  beforeAll(() => makePostgresImage(image), 60_000);
  afterAll(async () => {
    await sh(`docker image rm --force ${image}`);
  });

  controlContract('of compose', async () => {
    const server = await startContainerServer({ name, image, labels });
    const idle = await mkdtemp(join(tmpdir(), 'holdpoint-idle-'));
    return {
      idle,
      control: () =>
        containerControl({ url: server.url, container: { service: 'postgres', project: name }, exec: run }),
      remove: async () => {
        await server.remove();
        await rm(idle, { recursive: true, force: true });
      },
    };
  });

  describe('that is looked for', () => {
    const second = `${name}-second`;
    let server: ContainerServer;
    beforeAll(async () => {
      server = await startContainerServer({
        name: second,
        image,
        labels: { ...labels, 'com.docker.compose.project': second },
      });
    }, 60_000);
    afterAll(() => server?.remove());
    const control = (container: Parameters<typeof containerControl>[0]['container'], url = server.url) =>
      containerControl({ url, container, exec: run });

    test('is found by its name too, and its data by its volume', async () => {
      expect(await control({ name: second }).data()).toBe(await folderOf(second));
    });

    test('is not found by a wrong name', async () => {
      await expect(control({ name: 'hp-no-such' }).url()).rejects.toMatchObject({ code: 'not-found' });
      await expect(control({ service: 'postgres', project: 'hp-no-such' }).url()).rejects.toMatchObject({
        code: 'not-found',
        next: expect.stringContaining('database.container'),
      });
    });

    test('has a new address after it was made anew, and is led to all the same', async () => {
      const own = control({ service: 'postgres', project: second });
      const before = await own.url();
      const neighbour = `${second}-neighbour`;
      await server.recreate();
      await expect(own.url()).rejects.toMatchObject({
        code: 'unreachable',
        next: `Start it: docker start ${second}`,
      });
      // Takes the address that was free for a moment.
      await sh(
        `docker run --detach --name ${neighbour} --network ${second} --entrypoint /bin/sleep ${image} 600`,
      );
      try {
        const data = await own.data();
        await own.start(data, undefined, new AbortController().signal);
        const after = await own.url();
        expect(after).not.toBe(before);
        expect(
          await withSession(after, { statementTimeout: 5_000 }, (session) =>
            session.query('select 1 as one'),
          ),
        ).toEqual([{ one: 1 }]);
      } finally {
        await sh(`docker container rm --force --volumes ${neighbour}`);
      }
    });

    test('at a published port is asked there', async () => {
      const url = 'postgres://postgres:secret@127.0.0.1:15432/postgres';
      expect(await control({ name: second }, url).url()).toBe(url);
    });

    test('whose data others write to as well is not ours to stop', async () => {
      const other = `${second}-other`;
      await sh(
        `docker run --detach --name ${other} --volume ${second}:/backup --entrypoint /bin/sleep ${image} 600`,
      );
      try {
        const own = control({ name: second });
        await expect(own.assertOurs(await own.data())).rejects.toMatchObject({
          code: 'configuration',
          details: [other],
        });
      } finally {
        await sh(`docker container rm --force --volumes ${other}`);
      }
    });

    test('that dies while it starts says why, and is left stopped', async () => {
      const own = control({ name: second });
      const data = await own.data();
      const { signal } = new AbortController();
      await own.stop(data, undefined, signal);
      await sh(`echo "shared_preload_libraries = 'no_such_library'" >> ${data}/postgresql.conf`);
      await expect(own.start(data, undefined, signal)).rejects.toMatchObject({
        code: 'command-failed',
        details: expect.arrayContaining([expect.stringContaining('no_such_library')]),
      });
      expect(await own.working(data)).toBeUndefined();
    });
  });
});
