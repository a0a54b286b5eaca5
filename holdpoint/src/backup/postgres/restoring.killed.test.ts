import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { run } from '../../system/exec/run.ts';
import type { Restoring } from './restoring.fixture.ts';
import { openRestoreStage, type RestoreStage } from './restoring-stage.fixture.ts';

const long = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('long');
let stage: RestoreStage;

beforeAll(async () => {
  stage = await openRestoreStage();
});
afterEach(() => stage.clear());
afterAll(() => stage?.remove());

const STEPS = ['lay-beside', 'stop-server', 'swap', 'start-server', 'compare'] as const;

/** The changes of each step, or undefined when it was killed. */
const restoreIn = async (
  name: string,
  death: Partial<Restoring> = {},
): Promise<Readonly<Record<string, number>> | undefined> => {
  const { server, folder, taken } = stage;
  const { url, data } = server;
  const given = { url, data, folder, id: taken.id, run: name, ...death } satisfies Restoring;
  const args = [join(import.meta.dirname, 'restoring.fixture.ts'), JSON.stringify(given)];
  const ended = await run({ program: process.execPath, args }, { timeout: 120_000 });
  const killed = ended.signal === 'SIGKILL';
  expect(ended).toMatchObject({ stderr: '', exitCode: killed ? null : 0 });
  return killed ? undefined : JSON.parse(ended.stdout);
};

/** Kills a process for each of the deaths; the last one goes on to the end. */
const survives = async (...deaths: readonly Partial<Restoring>[]): Promise<void> => {
  const { run: name, timeline } = await stage.newRun();
  for (const death of deaths) {
    const ended = await restoreIn(name, death);
    // One that is to die at a change that it never comes to would prove nothing.
    if (deaths.length === 1 && death.dieAt !== undefined) expect(ended).toBeUndefined();
  }
  expect(await restoreIn(name)).toBeDefined();
  await stage.expectReplaced(name, timeline);
  await rm(`${stage.server.data}.before-${name}`, { recursive: true });
};

test('in the middle of any step, by time', { timeout: 600_000 }, async () => {
  for (const step of STEPS) {
    for (const after of [0, 40]) await survives({ dieInStep: { step, after } });
  }
});

test('before each change: notes, stop, two renames, start, settings', { timeout: 600_000 }, async () => {
  const { run: name, timeline } = await stage.newRun();
  const counts = await restoreIn(name);
  await stage.expectReplaced(name, timeline);
  await rm(`${stage.server.data}.before-${name}`, { recursive: true });
  expect(counts).toMatchObject({ swap: 2, compare: 1 });
  const laid = counts?.['lay-beside'] ?? 0;
  for (const change of [1, 2, laid]) await survives({ dieAt: { step: 'lay-beside', change } });
  for (const step of STEPS.slice(1)) {
    for (let change = 1; change <= (counts?.[step] ?? 0); change += 1)
      await survives({ dieAt: { step, change } });
  }
});

test('between the two renames, when there is no data directory at all', async () => {
  const { run: name, timeline } = await stage.newRun();
  await restoreIn(name, { dieAt: { step: 'swap', change: 2 } });
  expect(await readdir(dirname(stage.server.data))).toEqual([
    `data.before-${name}`,
    `data.restart-${name}.json`,
    `data.restored-${name}`,
  ]);
  await restoreIn(name);
  await stage.expectReplaced(name, timeline);
});

test('and killed again while it goes on', { timeout: 600_000 }, async () => {
  const step = fc.constantFrom(...STEPS);
  const death = fc.oneof(
    fc.record({ dieAt: fc.record({ step, change: fc.integer({ min: 1, max: 7 }) }) }),
    fc.record({
      dieAt: fc.record({ step: fc.constant('lay-beside'), change: fc.integer({ min: 1, max: 700 }) }),
    }),
    fc.record({ dieInStep: fc.record({ step, after: fc.integer({ min: 0, max: 250 }) }) }),
  );
  await fc.assert(
    fc.asyncProperty(death, death, async (first, second) => survives(first, second)),
    { numRuns: long ? 40 : 5, endOnFailure: true },
  );
});
