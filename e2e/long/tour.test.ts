import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestTour, tourOfItsOwn } from '../rig/tour.ts';

let tour: TestTour;

beforeAll(async () => {
  tour = await tourOfItsOwn();
});
afterAll(() => tour?.close());

it('the tour clears what a killed one left, and shows a good release and one that goes back by itself', async () => {
  const killed = tour.begin();
  await killed.says(/▸ Backup/, 120_000);
  killed.signal('SIGKILL');
  await killed.ended;
  expect((await tour.left()).length).toBeGreaterThan(1);

  const going = tour.begin();
  await going.says(/Building ToolBoxAI/, 60_000);
  const beside = await tour.begin().ended;
  expect(beside).toMatchObject({ status: 13, stdout: expect.stringContaining('A tour runs here already') });

  const { status, stdout, stderr } = await going.ended;
  expect(status, stdout + stderr).toBe(0);
  expect(await tour.left()).toEqual([]);
  expect(stdout).toMatch(/ToolBoxAI 2\.0\.0 promoted after/);
  const seen = /requests sent ([\d,]+), lost: 0, answered with an error by 2\.0\.1: ([\d,]+)/.exec(stdout);
  expect(seen, stdout).not.toBeNull();
  console.log(stdout.slice(stdout.indexOf('What the clients saw')));
  await expectTwoRuns();
}, 400_000);

async function expectTwoRuns(): Promise<void> {
  const runs = join(tour.place.project, '.holdpoint', 'production', 'runs');
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
