import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { withSession } from '../../system/postgres/connection.ts';
import { startTemporaryServer, type TemporaryServer } from '../../system/postgres/temporary-server.ts';
import { postgresBackup } from './engine.ts';
import { forCounts } from './fingerprint.ts';
import { readManifest } from './manifest.ts';
import { countTables, type TableCount } from './rows.ts';

let server: TemporaryServer;
let room = '';

beforeAll(async () => {
  server = await startTemporaryServer(run);
  room = await mkdtemp(join(tmpdir(), 'holdpoint-fingerprint-'));
  await chmod(room, 0o711);
});

afterAll(async () => {
  await server?.remove();
  if (room !== '') await rm(room, { recursive: true, force: true });
});

const write = (text: string) =>
  withSession(server.url, { statementTimeout: 60_000 }, (session) => session.query(text));

/** Fingerprints by table, of the small ones. */
async function taken(url = server.url): Promise<ReadonlyMap<string, TableCount>> {
  const counts = await countTables(url, ['postgres'], 2 ** 30, undefined, forCounts());
  return new Map(counts.map((count) => [count.table, count]));
}

describe('a fingerprint', () => {
  test('is the same for the same rows in any order, and another for any other content', async () => {
    const row = `(i int, at timestamptz, f float8, j json, b bytea, a text[], each_row text)`;
    const values = `select i, timestamptz '2026-01-01' + i * interval '1 hour', i / 3.0, json_build_object('i', i),
                           decode(md5(i::text), 'hex'), array[i::text, null], nullif('w' || i % 7, 'w3')`;
    for (const name of ['forth', 'back', 'less', 'twice', 'other'])
      await write(`create table ${name} ${row}`);
    for (const name of ['forth', 'less', 'twice', 'other']) {
      await write(`insert into ${name} ${values} from generate_series(1, 500) i`);
    }
    await write(`insert into back ${values} from generate_series(500, 1, -1) i`);
    await write('delete from less where i = 77');
    await write(`insert into twice ${values} from generate_series(77, 77) i`);
    await write(`update other set f = f + 1e-12 where i = 77`);
    await write('create table empty (i int)');
    const of = await taken();
    const prints = new Set([...of.values()].map(({ fingerprint }) => fingerprint));
    expect(of.get('forth')?.fingerprint).toBe(of.get('back')?.fingerprint);
    expect(prints.size).toBe(of.size - 1);
    expect(prints.has(undefined)).toBe(false);
  });

  test('is the same whatever the session is set to', async () => {
    const before = await taken();
    await write(`alter role postgres set datestyle = 'SQL, DMY'`);
    await write('alter role postgres set extra_float_digits = -3');
    await write(`alter role postgres set timezone = 'Asia/Tokyo'`);
    await write(`alter role postgres set bytea_output = 'escape'`);
    const print = (all: ReadonlyMap<string, TableCount>) => all.get('forth')?.fingerprint;
    expect(print(await taken())).toBe(print(before));
    await write('alter role postgres reset all');
  });

  test('is missing, like the count, where a table is closed to the user', async () => {
    await write(
      `create table secret (i int);
       create role reader login password 'reader'`,
    );
    await write('grant select on forth to reader');
    const of = await taken(server.url.replace(/\/\/[^@]+@/, '//reader:reader@'));
    expect(of.get('secret')).toMatchObject({ rows: undefined, fingerprint: undefined });
    expect(of.get('forth')).toMatchObject({ rows: 500, fingerprint: expect.any(String) });
  });

  test('is taken of tables up to 64 MB each, until 512 MB were read', () => {
    const wanted = forCounts();
    const table = { database: 'd', schema: 's', table: 't' };
    const bytes = 2 ** 26;
    expect(wanted({ ...table, bytes: bytes + 1 })).toBe(false);
    expect(Array.from({ length: 9 }, () => wanted({ ...table, bytes })).filter(Boolean)).toHaveLength(8);
  });
});

describe('a proof', () => {
  const backups = () =>
    postgresBackup({
      ...{ url: server.url, data: server.data, folder: join(room, 'backups'), scratch: join(room, 's') },
      ...{ clock: systemClock, exec: run },
    });
  const path = (id: string): string => join(room, 'backups', id, 'manifest.json');

  test('fails when a table that nobody wrote to holds other rows, though as many', async () => {
    const { id } = await backups().create(runId('r1'));
    const text = await readFile(path(id), 'utf8');
    const { manifest } = (await readManifest(join(room, 'backups', id))) ?? {};
    const print = manifest?.tables.find(({ table }) => table === 'forth')?.fingerprint ?? 'none';
    const lessPrint = manifest?.tables.find(({ table }) => table === 'less')?.fingerprint ?? 'none';
    await writeFile(path(id), text.replace(print, lessPrint));
    const { evidence, proof } = await backups().prove(id);
    const other = 'other content, though nothing was written to the original';
    const either = expect.stringMatching(new RegExp(`postgres\\.public\\.(forth|back): ${other}`));
    expect(evidence).toMatchObject({ verdict: 'fail', details: expect.arrayContaining([either]) });
    expect(proof).toBeUndefined();
  });

  test('of a backup from before there were fingerprints still passes, by count, and knows no loss', async () => {
    const { id } = await backups().create(runId('r2'));
    const { way, writes, ...older } = JSON.parse(await readFile(path(id), 'utf8'));
    expect([way, writes.epoch]).toEqual([expect.any(String), expect.any(String)]);
    for (const table of older.tables) delete table.fingerprint;
    await writeFile(path(id), JSON.stringify({ ...older, format: 1 }));
    const { evidence } = await backups().prove(id);
    expect(evidence).toMatchObject({ verdict: 'pass' });
    expect(evidence.details?.join('\n')).toMatch(/0 tables by the fingerprint .*holds no fingerprints/);
    expect((await backups().list()).find((backup) => backup.id === id)?.way).toBeUndefined();
    expect(await backups().lossSince(id)).toMatchObject({
      rows: 0,
      unknown: 'the backup was taken without statistics',
    });
  });
});
