import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withSession } from '../../holdpoint/src/system/postgres/connection.ts';
import type { Load } from '../../scripts/tour/load.ts';
import type { Ended } from '../rig/command.ts';
import { type Environment, startEnvironment } from '../rig/environment.ts';
import { migrationStatusOf } from '../rig/migrations.ts';
import { SHORT_CHECKLIST, small } from '../rig/small.ts';

/** 2.0.0 serves under load; 2.1.0 drops a column that 2.0.0 needs, and what stood in it. */
let environment: Environment;
let load: Load;

beforeAll(async () => {
  environment = await startEnvironment({
    versions: ['2.0.0', '2.1.0'],
    running: '2.0.0',
    timeScale: 1 / 300,
    checklist: SHORT_CHECKLIST,
    change: (specification) => {
      small(specification);
      specification.checks['database.migrations'] = {
        ...specification.checks['database.migrations'],
        waivers: [
          { id: '0005_drop_prompt.up.sql', by: 'Edsger', reason: 'it was announced', until: '2100-01-01' },
        ],
      };
    },
  });
  load = await environment.load(50);
  await sql(`INSERT INTO tools (user_id, name, kind, prompt, description)
             SELECT id, 'kept', 'summary', 'what only the prompt says', 'another text' FROM users LIMIT 1`);
});
afterAll(() => environment?.close());

const sql = <Row>(text: string): Promise<readonly Row[]> =>
  withSession(environment.variables['DATABASE_URL'] ?? '', { statementTimeout: 20_000 }, (session) =>
    session.query<Row>(text),
  );

async function holdpoint(wanted: number, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr }: Ended = await environment.holdpoint(...args);
  expect(status, stdout + stderr).toBe(wanted);
  return stdout;
}

describe('a release whose migration the old version does not survive', () => {
  it('stops at a named person, who is told what the rehearsal has shown, before anything is touched', async () => {
    const said = await holdpoint(12, 'deploy', '2.1.0', '--demo', 'signoff');
    expect(said).toMatch(/the way back needs the database: .* the backup is restored/);
    expect((await migrationStatusOf(environment, '2.0.0')).current).toBe(4);
    expect(await environment.running()).toEqual(['2.0.0']);
    await holdpoint(64, 'sign', 'way-back', '--as', 'Mallory', '--reason', 'why not');
    await holdpoint(0, 'sign', 'way-back', '--as', 'Edsger', '--reason', 'the column has to go');
  });

  it('goes forward on their word, and waits for its signatures', async () => {
    await holdpoint(12, 'resume', '--demo', 'signoff');
    expect(await environment.answering()).toEqual(['2.1.0']);
    expect((await migrationStatusOf(environment, '2.1.0')).current).toBe(5);
  });

  it('shows beforehand what going back would cost, by table, and takes nothing back until somebody gives that up', async () => {
    const plan = await holdpoint(0, 'rollback', '--plan');
    expect(plan).toMatch(/stop all writes: the system is down from here/);
    expect(plan).toMatch(/rows in \d+ tables were written in the .* since the backup/);
    expect(plan).toMatch(/public\.tools: \d+ inserted/);
    const said = await holdpoint(12, 'rollback', '--as', 'Ada', '--reason', 'the prompts are gone');
    expect(said).toMatch(/holdpoint sign loss/);
    expect(await environment.answering()).toEqual(['2.1.0']);
  });

  it('comes back with its data as they were, one version alone, and the numbers in its report', async () => {
    await holdpoint(0, 'sign', 'loss', '--as', 'Edsger', '--reason', 'load of a test');
    const said = await holdpoint(11, 'resume', '--demo', 'signoff');
    console.log(said.slice(said.indexOf('◂')));
    expect(await environment.answering()).toEqual(['2.0.0']);
    expect(await environment.running()).toEqual(['2.0.0']);
    expect(await migrationStatusOf(environment, '2.0.0')).toMatchObject({ current: 4, failed: [] });
    expect(await sql("SELECT prompt FROM tools WHERE name = 'kept'")).toEqual([
      { prompt: 'what only the prompt says' },
    ]);
    const { run } = JSON.parse(await holdpoint(0, 'status', '--json'));
    expect(run).toMatchObject({ condition: 'rolled-back', rollback: { by: 'Ada' } });
    expect(said).toMatch(/rows in \d+ tables were written/);
    await holdpoint(0, 'verify');
  });

  it('serves on under load afterwards', async () => {
    const totals = await load.stop();
    console.log(`what the clients saw: ${JSON.stringify(totals)}`);
    expect(totals?.versions['2.0.0']).toBeGreaterThan(0);
  });
});
