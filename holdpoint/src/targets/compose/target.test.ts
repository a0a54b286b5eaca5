import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { docker, engineRuns } from '../../system/docker/engine.fixture.ts';
import { describeTargetContract } from '../contract.ts';
import { LIMIT, makeSite, type Site } from './fixtures/site.ts';

const runs = await engineRuns();

describe.runIf(runs)('on a real engine', { timeout: LIMIT }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await makeSite();
  });
  afterAll(() => site?.close());
  describeTargetContract('compose', async () => {
    await site.addRelease('1.9.0');
    await site.addRelease('2.0.0');
    const target = await site.open();
    const others = await Promise.all(Array.from({ length: 24 }, () => site.open()));
    const record = async (version: string) => {
      const names = await readdir(join(site.state, 'compose'));
      return join(site.state, 'compose', names.find((name) => name.startsWith(`${version}-`)) ?? '');
    };
    return {
      target,
      reopen: () => others.pop() ?? target,
      versions: { first: '1.9.0', second: '2.0.0', missing: '9.9.9' },
      declared: { backend: 2, worker: 1 },
      routed: ['backend'],
      async removeRelease(version) {
        const text = await readFile(await record(version), 'utf8');
        const ids = [...text.matchAll(/"id": "(sha256:\w+)"/g)].flatMap(([, id]) => id ?? []);
        await docker('image', 'rm', '--force', ...ids);
      },
      async changeRelease(version) {
        const path = await record(version);
        await writeFile(path, (await readFile(path, 'utf8')).replace('correct-horse', 'other-horse'));
      },
      async kill({ id, service }) {
        const label = ['--filter', `label=com.docker.compose.project=${site.project}`];
        const own = ['--filter', `label=com.docker.compose.service=${service}`];
        const number = ['--filter', `label=com.docker.compose.container-number=${/(\d+)$/.exec(id)?.[1]}`];
        await docker('container', 'kill', await docker('ps', '--quiet', ...label, ...own, ...number));
      },
      close: () => site.clear(),
    };
  });
});
