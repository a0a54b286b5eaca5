import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseChecklist } from '../holdpoint/src/checklist/parse.ts';
import { type Environment, startEnvironment } from './rig/environment.ts';

/** The example as it is: 3 + 2 + 2 replicas, its whole checklist, all journeys. Two hours become 24 seconds. */
let environment: Environment;

beforeAll(async () => {
  environment = await startEnvironment({
    versions: ['1.9.0', '2.0.0', '2.0.1'],
    running: '1.9.0',
    timeScale: 1 / 300,
    change: ({ watch }) => {
      // What counts here is that nothing is lost; how fast a machine is on which other tests run says nothing.
      watch.limits['latency'] = { quantile: 0.95, limit: '5s' };
      watch['rollout'] = 'off';
    },
  });
});
afterAll(() => environment?.close());

const itemsOf = (text: string) => parseChecklist(text).items.map(({ id, text: words }) => ({ id, words }));

/** The file of a run's folder that the newest run has written. */
async function written(name: string): Promise<string> {
  const { stdout } = await environment.holdpoint('status', '--json');
  const { run } = JSON.parse(stdout) as { run: { id: string } };
  return readFile(join(environment.place.project, '.holdpoint', 'production', 'runs', run.id, name), 'utf8');
}

describe('a release under load', () => {
  it('of a good version loses no request, and hands back the checklist filled in', async () => {
    const { place } = environment;
    await environment.checkOut('2.0.0');
    const load = await environment.load(200);
    const deploy = environment.begin('deploy', '2.0.0', '--demo');
    await deploy.says(/▸ Deploy/, 90_000);

    const [second, status, junit] = await Promise.all([
      environment.holdpoint('deploy', '2.0.1', '--demo'),
      environment.holdpoint('status', '--json'),
      environment.holdpoint('report', '--format', 'junit'),
    ]);
    expect(second.status, second.stderr).toBe(13);
    expect(second.stderr).toMatch(/Ada@.* has held production for .*: deploying 2\.0\.0/);
    expect(JSON.parse(status.stdout)).toMatchObject({
      holdpoint: 1,
      run: { version: '2.0.0', condition: 'running' },
      lease: { doing: expect.stringMatching(/^deploying 2\.0\.0/) },
    });
    expect(junit.stdout).toMatch(/^<\?xml .*<testsuite .*<\/testsuites>\s*$/s);

    const { status: ended, stdout, stderr } = await deploy.ended;
    expect(ended, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/Requests seen by the edge: [\d,]+, lost: 0/);
    expect(await environment.answering()).toEqual(['2.0.0']);
    expect(await environment.running()).toEqual(['2.0.0']);
    const totals = await load.stop();
    console.log(`2.0.0 at 200/s: ${JSON.stringify(totals)}`);
    expect(totals).toMatchObject({ lost: 0, errors: 0 });
    expect(totals?.sent).toBeGreaterThan(2_000);

    const before = await readFile(join(place.project, 'checklist.md'), 'utf8');
    const filled = await written('checklist.md');
    expect(itemsOf(filled)).toEqual(itemsOf(before));
    expect(filled.match(/- \[x\]/g)?.length).toBeGreaterThan(40);
    expect((await environment.holdpoint('verify')).status).toBe(0);
    const report = await environment.holdpoint('report');
    expect(report.status).toBe(0);
    expect(itemsOf(report.stdout)).toEqual(itemsOf(before));
  }, 240_000);
});
