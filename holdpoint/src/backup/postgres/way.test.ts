import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Exec } from '../../system/exec/command.ts';
import { run } from '../../system/exec/run.ts';
import { withSession } from '../../system/postgres/connection.ts';
import { processControl } from '../../system/postgres/process-control.ts';
import { startTemporaryServer, type TemporaryServer } from '../../system/postgres/temporary-server.ts';
import { installedServer } from './installed-server.fixture.ts';
import { readServerFacts, type ServerFacts } from './server-facts.ts';
import { wayFor } from './way.ts';

const binaries = await installedServer();
const OLD = {
  exitCode: 0,
  stdout: 'pg_basebackup (PostgreSQL) 14.1',
  stderr: '',
  milliseconds: 1,
  timedOut: false,
};

describe.runIf(binaries !== undefined)('the way is', () => {
  let server: TemporaryServer;
  let facts: ServerFacts;

  beforeAll(async () => {
    server = await startTemporaryServer(run, {}, binaries);
    facts = await withSession(server.url, { statementTimeout: 10_000 }, (session) =>
      readServerFacts(
        session,
        server.data,
        processControl({ url: server.url, data: server.data, exec: run }),
      ),
    );
  });
  afterAll(() => server?.remove());

  const way = async (exec: Exec = run) => (await wayFor(facts, { url: server.url, exec }))?.way;

  test('pg_basebackup where one that fits is installed', async () => {
    expect(await way()).toBe('pg_basebackup');
  });

  test('the functions where every client is older than the server', async () => {
    const old: Exec = async () => OLD;
    expect(await way(old)).toBe('pg_backup_start');
    expect(await wayFor(facts, { url: server.url, exec: old }, 'pg_basebackup')).toBeUndefined();
  });

  test('the functions where pg_hba.conf has no line for replication', async () => {
    const path = join(server.data, 'pg_hba.conf');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll(/^.*replication.*$/gm, ''));
    await withSession(server.url, { statementTimeout: 10_000 }, (session) =>
      session.query('select pg_reload_conf()'),
    );
    await expect.poll(() => way(), { timeout: 10_000 }).toBe('pg_backup_start');
  });
});
