import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clear, processesOf } from '../scripts/tour/clear.ts';
import { type Place, placeIn } from '../scripts/tour/place.ts';
import { bundleCommand } from './rig/bundle.ts';
import { type Going, start } from './rig/command.ts';

let folder = '';
let place: Place;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'holdpoint-e2e-tour-')));
  place = placeIn(join(folder, 'tour'));
  await bundleCommand(place.root, place.command);
});
afterAll(async () => {
  await clear(place);
  await rm(folder, { recursive: true, force: true });
});

const begin = (): Going =>
  start(place.node, [join(place.root, 'scripts/tour/tour.ts'), '--yes', '--place', place.folder], {
    cwd: place.root,
    environment: { PATH: [dirname(place.node), process.env['PATH']].join(delimiter) },
  });

async function expectNothingLeft(): Promise<void> {
  expect(await processesOf(place)).toEqual([]);
  // PostgreSQL carries no mark: it is gone when its folder is.
  expect(await readdir(dirname(place.database))).not.toContain(place.database.split('/').at(-1));
}

/** Seconds from Ctrl-C to the end of everything. */
async function interrupt(tour: Going): Promise<number> {
  const began = performance.now();
  tour.signal('SIGINT');
  const { status, stdout, stderr } = await tour.ended;
  expect(status, stdout + stderr).toBe(130);
  await expectNothingLeft();
  return (performance.now() - began) / 1_000;
}

describe('the tour', () => {
  it('ends soon after Ctrl-C and leaves no process behind, whatever it was doing', async () => {
    const seconds: number[] = [];
    for (const moment of [/Building ToolBoxAI/, /▸ Deploy/, /… watch: errors/]) {
      const tour = begin();
      await tour.says(moment, 120_000);
      seconds.push(await interrupt(tour));
    }
    console.log(`seconds from Ctrl-C to the end: ${seconds.map((one) => one.toFixed(1)).join(', ')}`);
    expect(Math.max(...seconds)).toBeLessThan(20);
  }, 300_000);

  it('clears what a killed one left, and shows a good release and one that goes back by itself', async () => {
    const killed = begin();
    await killed.says(/▸ Backup/, 120_000);
    killed.signal('SIGKILL');
    await killed.ended;
    expect((await processesOf(place)).length).toBeGreaterThan(0);

    const tour = begin();
    await tour.says(/Building ToolBoxAI/, 60_000);
    const beside = await begin().ended;
    expect(beside).toMatchObject({ status: 13, stdout: expect.stringContaining('A tour runs here already') });

    const { status, stdout, stderr } = await tour.ended;
    expect(status, stdout + stderr).toBe(0);
    await expectNothingLeft();
    expect(stdout).toMatch(/ToolBoxAI 2\.0\.0 promoted after/);
    const seen = /requests sent ([\d,]+), lost: 0, answered with an error by 2\.0\.1: ([\d,]+)/.exec(stdout);
    expect(seen, stdout).not.toBeNull();
    console.log(stdout.slice(stdout.indexOf('What the clients saw')));
    await expectTwoRuns();
  }, 400_000);
});

async function expectTwoRuns(): Promise<void> {
  const runs = join(place.project, '.holdpoint', 'production', 'runs');
  const [good = '', bad = ''] = (await readdir(runs)).sort();
  const read = async (run: string) => JSON.parse(await readFile(join(runs, run, 'run.json'), 'utf8')).run;
  expect(await read(good)).toMatchObject({
    version: '2.0.0',
    condition: 'promoted',
    edge: { lost: 0 },
    signatures: [{ by: { demo: true } }, { by: { demo: true } }, { by: { demo: true } }],
  });
  const taken = await read(bad);
  expect(taken).toMatchObject({
    version: '2.0.1',
    condition: 'rolled-back',
    from: { version: '2.0.0' },
    watch: { decided: { verdict: 'bad', reason: expect.stringMatching(/^bad: errors: .* requests failed/) } },
    rollback: { severity: 'critical', by: 'holdpoint' },
    edge: { lost: 0 },
  });
  // What was given away in the meantime was 2.0.1's own: it answers 3 % with errors, and nobody else does any.
  const verified = taken.checks.filter(({ phase }: { phase: string }) => phase === 'rollback');
  expect(verified.length).toBeGreaterThan(5);
}
