import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventBody, LoggedEvent } from '../../release/events.ts';
import { fold } from '../../release/fold.ts';
import { story } from '../../report/post-mortem/story.fixture.ts';
import { logOf, opened, START } from '../../report/run.fixture.ts';
import { standingOf } from '../../report/standing.ts';
import { watchedLog } from '../../report/watched.fixture.ts';
import { blockAt, healthy } from '../../watch/words.fixture.ts';
import { writeReports } from './report.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-report-'));
});
afterEach(() => rm(folder, { recursive: true }));

const written = (...bodies: readonly EventBody[]): Promise<readonly string[]> =>
  writtenOf(logOf([opened(), ...bodies]));

async function writtenOf(events: readonly LoggedEvent[]): Promise<readonly string[]> {
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

test('the chart of the watch lies beside the evidence, which links to it', async () => {
  expect(await writtenOf(watchedLog([blockAt(START + 6_000, healthy(52))]))).toEqual([
    ...ALWAYS,
    'Watch chart',
  ]);
  expect(await readFile(join(folder, 'watch.svg'), 'utf8')).toMatch(
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/,
  );
  const evidence = await readFile(join(folder, 'evidence.md'), 'utf8');
  expect(evidence).toContain('\n## Watch\n\n[Chart of the watch](watch.svg)\n');
  expect(evidence).toContain('| errors | 1 % | 0 % of 52 | 0 %–6.9 % | 0 % of 52 | ');
});

test('a block that cannot be read gives no chart, and a line that says so', async () => {
  const broken = watchedLog([blockAt(START + 6_000, healthy(52))]).map((event) =>
    event.body.type === 'watch.block' ? { ...event, body: { ...event.body, block: { at: 'noon' } } } : event,
  );
  expect(await writtenOf(broken)).toEqual(ALWAYS);
  expect(await readFile(join(folder, 'evidence.md'), 'utf8')).toContain(
    'There is no chart of the watch: a recorded block of the watch cannot be read.',
  );
});
