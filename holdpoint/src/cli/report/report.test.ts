import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventBody } from '../../release/events.ts';
import { fold } from '../../release/fold.ts';
import { story } from '../../report/post-mortem/story.fixture.ts';
import { logOf, opened } from '../../report/run.fixture.ts';
import { standingOf } from '../../report/standing.ts';
import { writeReports } from './report.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-report-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function written(...bodies: readonly EventBody[]): Promise<readonly string[]> {
  const events = logOf([opened(), ...bodies]);
  const state = fold(events);
  const files = await writeReports(folder, events, state, standingOf(state, false), 'beside');
  expect((await readdir(folder)).map((name) => join(folder, name)).sort()).toEqual(
    files.map(({ path }) => path).sort(),
  );
  return files.map(({ label }) => label);
}

const ALWAYS = ['Checklist', 'Evidence', 'JSON', 'JUnit'];

test('a post-mortem lies beside the other reports of a run that went back', async () => {
  expect(await written(...story('orders cannot be made'))).toEqual([...ALWAYS, 'Post-mortem']);
  const draft = await readFile(join(folder, 'post-mortem.md'), 'utf8');
  expect(draft).toMatch(/^# Post-mortem: ToolBoxAI 2\.0\.0 in production\n/);
});

test('a run that is promoted gets none', async () => {
  expect(await written({ type: 'run.closed', outcome: 'promoted', summary: '' })).toEqual(ALWAYS);
});
