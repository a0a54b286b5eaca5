import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Exec } from '../../system/exec/command.ts';
import { run } from '../../system/exec/run.ts';
import { look, probe, subject, temporaryFolder } from '../subject.fixture.ts';
import { migrations } from './migrations.ts';
import { readWithSquawk } from './squawk.ts';

const found = await run({ program: 'squawk', args: ['--version'] }, { timeout: 10_000 }).catch(
  () => undefined,
);
const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('squawk');
if (found === undefined && !required) console.log('skipped: there is no squawk on this machine');

const status = JSON.stringify({ current: 3, pending: [4], head: 4 });
const says = ['node', '-e', `console.log(${JSON.stringify(status)})`];

/** The evidence for a release whose fourth migration is this text. */
async function judge(sql: string, settings: Record<string, unknown> = {}, exec: Exec = run) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, '0004_a.up.sql'), sql);
  const of = subject({ folder, settings: { status: says, folder: '.', ...settings } });
  return look(migrations, of, { ...probe(), exec });
}

/** Only squawk does not run. */
const without =
  (broken: () => Promise<never>): Exec =>
  (command, options) =>
    command.program === 'squawk' ? broken() : run(command, options);

describe.runIf(found !== undefined || required)('with a real squawk', () => {
  it('a lock that lasts as long as the table is large is a fault, which can be waived by its rule', async () => {
    const sql = 'CREATE INDEX i ON tools (kind);';
    expect(await judge(sql)).toMatchObject({
      verdict: 'fail',
      summary: expect.stringContaining('0004_a.up.sql:1: require-concurrent-index-creation: '),
    });
    const id = '0004_a.up.sql:require-concurrent-index-creation';
    const waivers = [{ id, by: 'Ada', reason: 'it is small', until: '2026-12-01' }];
    expect((await judge(sql, { waivers })).verdict).toBe('waived');
  });

  it('an index on a table of the same migration locks nobody out', async () => {
    const evidence = await judge('CREATE TABLE a (id bigint); CREATE INDEX i ON a (id);');
    expect(evidence.verdict).toBe('pass');
  });

  it('what our own reading names already is not counted twice, and one waiver covers both', async () => {
    const sql = 'ALTER TABLE tools DROP COLUMN kind;';
    const evidence = await judge(sql);
    expect(evidence.summary).toBe('0004_a.up.sql: drop-column: ALTER TABLE TOOLS DROP COLUMN KIND');
    const waivers = [{ id: '0004_a.up.sql:drop-column', by: 'Ada', reason: 'unused', until: '2026-12-01' }];
    expect((await judge(sql, { waivers })).verdict).toBe('waived');
  });

  it('all else is advice', async () => {
    const { verdict, details } = await judge('ALTER TABLE tools ADD COLUMN a int;');
    expect(verdict).toBe('pass');
    expect(details).toContainEqual(
      expect.stringMatching(/^squawk: 0004_a\.up\.sql:1: prefer-bigint-over-int: /),
    );
  });
});

describe('without squawk', () => {
  it.each([
    ['squawk is not installed', new HoldpointError('command-failed', "the program 'squawk' was not found")],
    ['squawk wrote no report', new HoldpointError('command-failed', "'squawk' may not be run by this user")],
  ])('the evidence says so: %s', async (why, error) => {
    const evidence = await judge(
      'ALTER TABLE tools ADD COLUMN a int;',
      {},
      without(() => Promise.reject(error)),
    );
    expect(evidence).toMatchObject({
      verdict: 'pass',
      details: [`${why}: the SQL was read for destructive statements only`],
    });
  });

  it('one that is among the packages above the folder is taken before the search path', async () => {
    const folder = await temporaryFolder();
    const bin = join(folder, 'node_modules/.bin');
    await mkdir(bin, { recursive: true });
    const report = [{ file: '/x/a.sql', line: 0, rule_name: 'ban-drop-table', message: 'no' }];
    await writeFile(join(bin, 'squawk'), `#!/bin/sh\necho '${JSON.stringify(report)}'\nexit 1\n`);
    await chmod(join(bin, 'squawk'), 0o755);
    await mkdir(join(folder, 'deep'));
    const reading = await readWithSquawk(['a.sql'], join(folder, 'deep'), run, new AbortController().signal);
    expect(reading).toEqual({
      kind: 'read',
      complaints: [{ file: 'a.sql', line: 1, rule: 'ban-drop-table', message: 'no' }],
    });
  });
});
