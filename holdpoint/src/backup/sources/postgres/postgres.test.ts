import { chmod, cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { digest, runId } from '../../../kernel/ids.ts';
import { systemClock } from '../../../system/clock.ts';
import { run } from '../../../system/exec/run.ts';
import { withDatabase, withSession } from '../../../system/postgres/connection.ts';
import { processControl } from '../../../system/postgres/process-control.ts';
import type { Binaries } from '../../../system/postgres/programs.ts';
import { startTemporaryServer, type TemporaryServer } from '../../../system/postgres/temporary-server.ts';
import { flipBit, relationFile } from '../../postgres/damage.fixture.ts';
import { installedServer } from '../../postgres/installed-server.fixture.ts';
import type { Captured, Source } from '../source.ts';
import { dumpSource } from './dump.ts';
import { countFaults } from './dump-counts.ts';
import { physicalSource } from './physical.ts';

const installed = await installedServer();
let room = '';
let server: TemporaryServer;

const query = <Row>(text: string, url = server.url): Promise<readonly Row[]> =>
  withSession(url, { statementTimeout: 60_000 }, (session) => session.query<Row>(text));

/** Keeps what a source lends, as a vault would. */
async function keep(source: Source): Promise<{ readonly folder: string; readonly captured: Captured }> {
  const scratch = await mkdtemp(join(room, 'scratch-'));
  const folder = await mkdtemp(join(room, 'kept-'));
  const captured = await source.capture(scratch, async ({ folder: lent, ...facts }) => {
    await cp(lent, folder, { recursive: true });
    return facts;
  });
  await rm(scratch, { recursive: true });
  return { folder, captured };
}

async function open(programs?: Binaries): Promise<void> {
  room = await mkdtemp(join(tmpdir(), 'holdpoint-sources-'));
  await chmod(room, 0o711);
  server = await startTemporaryServer(run, {}, programs);
  await query(
    `create table letters (id int primary key, body text);
     insert into letters select i, md5(i::text) from generate_series(1, 500) i;
     create role "o'clerk" login password 'x'; alter table letters owner to "o'clerk"`,
  );
}
async function close(): Promise<void> {
  await server?.remove();
  if (room !== '') await rm(room, { recursive: true, force: true });
}

const physical = (): Source => {
  const { url, data } = server;
  const control = processControl({ url, data, exec: run });
  restores += 1;
  return physicalSource({
    label: 'shop',
    server: control,
    exec: run,
    clock: systemClock,
    run: runId(`back-${restores}`),
  });
};
let restores = 0;
const count = 'select count(*)::int as letters from letters';
/** What of a database its own dump leaves out. */
const PROPERTIES = [
  `create role "read'er"`,
  `alter database "odd 'name'" owner to "o'clerk"`,
  `revoke all on database "odd 'name'" from public`,
  `grant connect on database "odd 'name'" to "read'er" with grant option`,
  `alter database "odd 'name'" connection limit 7`,
  `alter database "odd 'name'" set search_path to "$user", "odd, schema", public`,
  `alter database "odd 'name'" set "app.tenant" to 'a\\b''c'`,
  `alter role "read'er" in database "odd 'name'" set work_mem to '9MB'`,
  `comment on database "odd 'name'" is 'it''s odd'`,
];
const properties = `
  select pg_get_userbyid(datdba)::text as owner, datacl::text as rights, datconnlimit as connections,
         shobj_description(d.oid, 'pg_database') as comment,
         (select json_agg(json_build_array(setrole::regrole::text, setconfig) order by setrole)::text
            from pg_db_role_setting where setdatabase = d.oid) as settings
    from pg_database d where datname = $$odd 'name'$$`;

describe.each([
  ['embedded', undefined, true],
  ['installed', installed, installed !== undefined],
] as const)('the files of an %s server', (kind, programs, able) => {
  beforeAll(() => (able ? open(programs) : undefined));
  afterAll(() => (able ? close() : undefined));

  test.runIf(able)('are proven by a server that runs on them, with the phases it took', async () => {
    const source = physical();
    const { folder, captured } = await keep(source);
    expect(captured).toMatchObject({ consistency: { kind: 'server' }, facts: { databases: 1, tables: 1 } });
    const took: Record<string, number> = {};
    const evidence = await source.prove(folder, captured, undefined, {
      took: (phase, milliseconds) => {
        took[phase] = (took[phase] ?? 0) + milliseconds;
      },
      visit: async ({ DATABASE_URL: url = '' }) => {
        expect(await query(count, url)).toEqual([{ letters: 500 }]);
        return { verdict: 'pass', summary: '' };
      },
    });
    expect(evidence).toMatchObject({ verdict: 'pass' });
    const verified = kind === 'installed' ? 'found nothing wrong' : 'is not installed in the version';
    expect(evidence.details?.at(-1)).toContain(`pg_verifybackup ${verified}`);
    expect(Object.keys(took).sort()).toEqual(['ready', 'start', 'verify']);
    // Used up, and nothing left beside it.
    expect(await readdir(folder)).not.toContain('files');
    expect((await readdir(room)).filter((name) => !name.startsWith('kept-'))).toEqual([]);
  });

  test.runIf(able)(
    'fail with a flipped bit, a cut file, another manifest, and what a visitor finds',
    async () => {
      const source = physical();
      const { folder, captured } = await keep(source);
      const damaged = async (damage: (files: string) => Promise<void>): Promise<unknown> => {
        const copy = await mkdtemp(join(room, 'kept-'));
        await cp(folder, copy, { recursive: true });
        await damage(join(copy, 'files'));
        return (await source.prove(copy, captured)).verdict;
      };
      const letters = await relationFile(server.url, 'letters');
      expect(await damaged((files) => flipBit(join(files, letters), 9_000))).toBe('fail');
      expect(await damaged((files) => truncate(join(files, letters), 8_192))).toBe('fail');
      expect(await damaged((files) => rm(join(files, 'backup_label')))).toBe('fail');
      expect(await damaged((files) => flipBit(join(files, '../manifest.json'), 400))).toBe('fail');
      // What somebody else has read counts as it was read.
      const other = { path: 'files/PG_VERSION', bytes: 3, sha256: digest('0'.repeat(64)) };
      expect(await source.prove(folder, captured, undefined, { read: [other] })).toMatchObject({
        verdict: 'fail',
        details: ['PG_VERSION: content differs', expect.stringContaining('pg_verifybackup')],
      });
      const visit = async () => ({ verdict: 'fail', summary: 'unhealthy' }) as const;
      const visited = await source.prove(folder, captured, undefined, { visit });
      expect(visited).toMatchObject({ verdict: 'fail', summary: 'unhealthy' });
    },
  );

  test.runIf(able)('take the place of the present ones, which are kept', async () => {
    const source = physical();
    const { folder } = await keep(source);
    await query('delete from letters where id > 100');
    const { kept } = await source.putBack(folder);
    expect(kept).toMatch(/\.before-back-\d+$/);
    expect(await readdir(kept)).toContain('PG_VERSION');
    expect(await query(count)).toEqual([{ letters: 500 }]);
  });
});

test('rows are compared table by table', () => {
  const table = { schema: 'public', table: 'letters', rows: 3 };
  expect(countFaults('shop', [table], [table])).toEqual([]);
  expect(countFaults('shop', [table], [])).toEqual(['shop.public.letters: the table is missing']);
  expect(countFaults('shop', [table], [{ ...table, rows: 2 }])).toEqual([
    'shop.public.letters: 2 rows instead of 3',
  ]);
});

describe.runIf(installed)('a dump', () => {
  const options = () => {
    return { label: 'shop', url: async () => server.url, exec: run, clock: systemClock, run: 'r-1' };
  };

  beforeAll(async () => {
    await open(installed);
    await query(`create database "odd 'name'"`);
    for (const statement of PROPERTIES) await query(statement);
    await query(
      'create table notes as select i from generate_series(1, 30) i',
      withDatabase(server.url, "odd 'name'"),
    );
  });
  afterAll(close);
  let kept: Awaited<ReturnType<typeof keep>>;
  beforeEach(async () => {
    kept = await keep(dumpSource(options()));
  });
  afterEach(() => rm(kept.folder, { recursive: true, force: true }));

  test('holds the rows of one snapshot, though others write meanwhile, and is proven by restoring it', async () => {
    const writing = new AbortController();
    const inserts = (async () => {
      for (let id = 1_000; !writing.signal.aborted; id += 1)
        await query(`insert into letters values (${id}, 'meanwhile')`);
    })();
    const source = dumpSource(options());
    const { folder, captured } = await keep(source).finally(() => writing.abort());
    await inserts;
    expect(captured.facts).toMatchObject({ databases: 2, tables: 2 });
    const seen: unknown[] = [];
    const evidence = await source.prove(folder, captured, undefined, {
      visit: async ({ DATABASE_URL: url = '' }) => {
        seen.push(
          ...(await query(`select tableowner::text from pg_tables where tablename = 'letters'`, url)),
        );
        return undefined;
      },
    });
    expect(evidence).toMatchObject({ verdict: 'pass' });
    expect(seen).toEqual([{ tableowner: "o'clerk" }]);
    expect((await readdir(room)).filter((name) => !name.startsWith('kept-'))).toEqual([]);
    await query('delete from letters where id >= 1000');
  });

  test('that is cut, or lacks its counts, fails', async () => {
    const source = dumpSource(options());
    const { folder, captured } = kept;
    const [file = ''] = (await readdir(join(folder, '1'))).filter((name) => /^\d+\.dat/.test(name));
    await truncate(join(folder, '1', file), 20);
    expect(await source.prove(folder, captured)).toMatchObject({ verdict: 'fail' });
    await rm(join(folder, 'counts.json'));
    expect(await source.prove(folder, captured)).toMatchObject({ verdict: 'fail' });
  });

  test('takes the place of the databases, which are kept, while clients come back all the time', async () => {
    await query('delete from letters where id > 100');
    const before = await query(properties);
    // It comes back as it was dumped, and not as it is.
    await query(`grant all on database "odd 'name'" to public`);
    await query(`alter database "odd 'name'" reset search_path`);
    const coming = new AbortController();
    const clients = (async () => {
      while (!coming.signal.aborted) await query('select pg_sleep(0.01)').catch(() => undefined);
    })();
    const back = await dumpSource(options())
      .putBack(kept.folder)
      .finally(() => coming.abort());
    await clients;
    expect(back.kept).toBe(`database odd 'name'_before_r_1, postgres_before_r_1`);
    expect(await query(properties)).toEqual(before);
    expect(await query(count)).toEqual([{ letters: 500 }]);
    expect(await query(count, withDatabase(server.url, 'postgres_before_r_1'))).toEqual([{ letters: 100 }]);
    await expect(dumpSource(options()).putBack(kept.folder)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('that was cut on its way back changes nothing, and goes on with the next attempt', async () => {
    const { folder } = kept;
    const source = dumpSource({ ...options(), run: 'r-2' });
    const counts = join(folder, 'counts.json');
    await query('insert into letters values (5000, null)');
    const other = await mkdtemp(join(room, 'kept-'));
    await cp(folder, other, { recursive: true });
    await flipBit(
      counts,
      (await run({ program: 'grep', args: ['-bo', '500', counts] }, { timeout: 9_000 })).stdout
        .split(':')
        .map(Number)[0] ?? 0,
    );
    await expect(source.putBack(folder)).rejects.toMatchObject({ code: 'tampered' });
    expect(await query(count)).toEqual([{ letters: 501 }]);
    await source.putBack(other);
    expect(await query(count)).toEqual([{ letters: 500 }]);
  });

  test('that names a role which is not there is refused before anything changes', async () => {
    const source = dumpSource({ ...options(), run: 'r-3' });
    const counts = join(kept.folder, 'counts.json');
    await writeFile(counts, (await readFile(counts, 'utf8')).replaceAll(`"read'er"`, '"nobody"'));
    await expect(source.putBack(kept.folder)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('no role nobody'),
    });
    expect(await query(`select datname from pg_database where datname like '%r_3'`)).toEqual([]);
  });

  test('without a client on this machine is refused with what to install', async () => {
    const source = dumpSource({ ...options(), exec: () => Promise.reject(new Error('none')) });
    await expect(keep(source)).rejects.toMatchObject({
      code: 'configuration',
      next: expect.stringContaining('postgresql-client-15'),
    });
  });
});
