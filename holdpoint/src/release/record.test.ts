import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { opened } from './log/log.fixture.ts';
import { openSqliteLog } from './log/sqlite.ts';
import { logFile, openRecord } from './record.ts';
import { stateFolder } from './specification/place.ts';

async function specified(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-record-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'holdpoint.yaml');
  await writeFile(file, text);
  return { folder, file };
}

test('the runs of a specification are found whatever else it says, and whatever variables it lacks', async () => {
  const { folder, file } = await specified(
    `environment: staging\nstate: ${'$'}{WHERE}/runs\nwatch:\n  windw: ${'$'}{UNSET}\n`,
  );
  const log = openSqliteLog(logFile(stateFolder(folder, { state: 'here/runs', environment: 'staging' })));
  await log.append('a', 1, opened('staging'));
  await log.close();
  const record = await openRecord(file, { WHERE: 'here' });
  onTestFinished(() => record.close());
  expect(record.specification.environment).toBe('staging');
  expect(await record.log.runs()).toMatchObject([{ run: 'a' }]);
});

test('where the runs lie has to be right', async () => {
  const { file, folder } = await specified('environment: Production!\n');
  await expect(openRecord(file, {})).rejects.toMatchObject({ code: 'configuration' });
  await expect(openRecord(join(folder, 'none.yaml'), {})).rejects.toMatchObject({
    code: 'configuration',
    message: expect.stringContaining('none.yaml cannot be read'),
  });
});
