import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sha256 } from '../../kernel/canonical.ts';
import type { EventBody } from '../../release/events.ts';
import { openSqliteLog } from '../../release/log/sqlite.ts';
import { opened } from '../../report/run.fixture.ts';
import type { House } from '../house.ts';
import { fakeHouse, logFile } from '../scenarios/house.fixture.ts';
import { resumeAction } from './resume.ts';

const SPECIFICATION = `version: 1
name: ToolBoxAI
target:
  kind: process
  releases: releases/{version}
  services:
    backend: { command: [node, server.js], routed: false }
`;
const CHECKLIST = '- [ ] One\n';

interface Stage {
  readonly folder: string;
  readonly house: House;
  readonly log: ReturnType<typeof openSqliteLog>;
}

/** A folder with one run of these events. */
async function stageWith(...bodies: readonly EventBody[]): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-resume-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'holdpoint.yaml'), SPECIFICATION);
  await writeFile(join(folder, 'checklist.md'), CHECKLIST);
  const log = openSqliteLog(logFile(folder));
  onTestFinished(() => log.close());
  const checklist = { file: 'checklist.md', digest: sha256(CHECKLIST), text: CHECKLIST };
  await log.append('run-1', 1, { ...opened(), specification: sha256(SPECIFICATION), checklist });
  for (const body of bodies) await log.append('run-1', 2, body);
  return { folder, house: fakeHouse(folder).house, log };
}

test('a run that ended before its reports were written gets them, once', async () => {
  const closed: EventBody = { type: 'run.closed', outcome: 'rolled-back', summary: '1.9.0 is back' };
  const { folder, house } = await stageWith(closed);
  expect(await resumeAction(house, {})).toMatchObject({ status: 11 });
  const reports = join(folder, '.holdpoint', 'runs', 'run-1');
  expect(await readdir(reports)).toEqual(expect.arrayContaining(['checklist.md', 'log.jsonl', 'run.json']));
  expect(await readFile(join(reports, 'log.jsonl'), 'utf8')).toContain('"type":"run.closed"');
  await expect(resumeAction(house, {})).rejects.toMatchObject({ code: 'not-found' });
});

test('a specification that has changed is refused, and adopted under the name of a person', async () => {
  const { folder, house, log } = await stageWith();
  await writeFile(join(folder, 'holdpoint.yaml'), SPECIFICATION.replace('server.js', 'main.js'));
  await expect(resumeAction(house, {})).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('the specification'),
  });
  await resumeAction(house, { adopt: true, as: 'Grace', reason: 'a new name' });
  const [, adopted, resumed] = (await log.read('run-1')).map(({ body }) => body);
  expect(adopted).toMatchObject({
    type: 'run.adopted',
    by: { name: 'Grace' },
    reason: 'a new name',
    changed: ['the specification'],
  });
  expect(resumed).toMatchObject({ type: 'run.resumed' });
});
