import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { look, subject, temporaryFolder } from '../subject.fixture.ts';
import { filesOf, migrations } from './migrations.ts';

const says = (status: unknown) => [
  'node',
  '-e',
  `process.stdout.write(${JSON.stringify(JSON.stringify(status))})`,
];
const status = { current: 3, pending: [4], head: 4 };

async function release(sql: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'releases/2.0.0/migrations'), { recursive: true });
  for (const [name, text] of Object.entries(sql)) {
    await writeFile(join(folder, 'releases/2.0.0/migrations', name), text);
  }
  return folder;
}
const judge = (folder: string, settings: Record<string, unknown> = {}) =>
  look(
    migrations,
    subject({
      folder,
      settings: { status: says(status), folder: 'releases/{version}/migrations', ...settings },
    }),
  );

const ADD = {
  '0004_add.up.sql': "ALTER TABLE t ADD a text NOT NULL DEFAULT '';",
  '0004_add.down.sql': 'ALTER TABLE t DROP a;',
};
const DROP = { '0004_drop.up.sql': 'ALTER TABLE t DROP COLUMN a;' };

describe('database.migrations', () => {
  it('passes one head whose pending migrations destroy nothing', async () => {
    expect(await judge(await release(ADD))).toMatchObject({
      verdict: 'pass',
      summary: 'one head (4), 1 pending, 0 destructive statements',
      measured: 'at 3, pending: 4',
    });
  });
  it('fails a destructive statement, until a named person waives it', async () => {
    const folder = await release(DROP);
    const summary = '0004_drop.up.sql: drop-column: ALTER TABLE T DROP COLUMN A';
    expect(await judge(folder)).toMatchObject({ verdict: 'fail', summary });
    const waiver = { by: 'Ada', reason: 'nobody reads it', until: '2026-12-01' };
    for (const id of ['0004_drop.up.sql', '0004_drop.up.sql:drop-column']) {
      expect((await judge(folder, { waivers: [{ id, ...waiver }] })).verdict).toBe('waived');
    }
    const others = [
      { id: '0004_drop.up.sql:drop', ...waiver },
      { id: '0004_drop.up.sql', ...waiver, until: '2026-01-01' },
    ];
    expect((await judge(folder, { waivers: others })).verdict).toBe('fail');
  });
  it('fails two heads, a migration that broke off, and a database ahead of the release', async () => {
    const odd = { current: 5, pending: [], heads: ['4', '4b'], failed: [3], ahead: [5] };
    expect((await judge(await release({}), { status: says(odd) })).details).toEqual([
      'there are 2 heads: 4, 4b',
      'migration 3 was begun and broke off',
      'migration 5 is in the database, but not in this release',
    ]);
  });
  it('says nothing about migrations that nobody has read', async () => {
    expect(
      (await look(migrations, subject({ folder: await release({}), settings: { status: says(status) } })))
        .verdict,
    ).toBe('inconclusive');
    expect((await look(migrations, subject())).verdict).toBe('inconclusive');
  });
  it('is broken by a command that fails or says something else, and by a missing file', async () => {
    const folder = await release({});
    await expect(judge(folder)).rejects.toThrow('the pending migration 4 has no SQL file');
    const failing = judge(folder, {
      status: ['node', '-e', 'console.error("no database"); process.exit(3)'],
    });
    await expect(failing).rejects.toMatchObject({
      message: 'the status command ended with 3',
      details: ['no database'],
    });
    await expect(judge(folder, { status: ['node', '-e', ''] })).rejects.toThrow('wrote no JSON');
    await expect(judge(folder, { status: ['no-such-program'] })).rejects.toMatchObject({
      code: 'command-failed',
    });
  });
});

describe('the files of pending migrations', () => {
  it('are told by number, or by the beginning of their name', () => {
    expect(filesOf(['4'], ['0004_a.up.sql', '0004_a.down.sql', '0040_b.up.sql'])).toEqual(['0004_a.up.sql']);
    expect(filesOf(['2026_add'], ['2026_add.sql', '2025_x.sql'])).toEqual(['2026_add.sql']);
  });
});
