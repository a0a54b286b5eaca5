import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { look, subject } from '../../checks/subject.fixture.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { run } from '../../system/exec/run.ts';
import { withSession } from '../../system/postgres/connection.ts';
import { startTemporaryServer, type TemporaryServer } from '../../system/postgres/temporary-server.ts';
import { databaseConnections } from './database-connections.ts';

const MOST = 20;
const options = { statementTimeout: 10_000 };
let server: TemporaryServer | undefined;
let ownerUrl = '';
let appUrl = '';

beforeAll(async () => {
  server = await startTemporaryServer(run, { max_connections: String(MOST) });
  ownerUrl = server.url;
  await withSession(ownerUrl, options, (session) =>
    session.query("create role app login password 'pw-of-app'"),
  );
  const url = new URL(ownerUrl);
  url.username = 'app';
  url.password = 'pw-of-app';
  appUrl = url.href;
});
afterAll(() => server?.remove());

const ask = (databaseUrl: string, settings = {}): Promise<Evidence> =>
  look(databaseConnections, subject({ databaseUrl, settings }));

/** Runs `use` while so many sessions of the owner are open. */
async function whileOpen(count: number, use: () => Promise<void>): Promise<void> {
  if (count === 0) return use();
  await withSession(ownerUrl, options, async (session) => {
    await session.query('select 1');
    await whileOpen(count - 1, use);
  });
}

describe('watch.database-connections', () => {
  it('counts the sessions of clients alone, whoever asks', async () => {
    await whileOpen(4, async () => {
      for (const url of [ownerUrl, appUrl]) {
        await expect
          .poll(() => ask(url), { timeout: 5_000 })
          .toMatchObject({
            verdict: 'pass',
            summary: '4 of 20 connections are open, 20.0 %',
            expected: 'at most 80.0 % of max_connections',
          });
      }
    });
  });
  it('fails above the share', async () => {
    await whileOpen(4, async () => {
      expect(await ask(appUrl, { max: '10%' })).toMatchObject({
        verdict: 'fail',
        measured: expect.stringMatching(/^[45] of 20 connections/),
      });
    });
  });
  it('does not apply without a database, and is broken by one that is not there', async () => {
    expect((await look(databaseConnections, subject())).verdict).toBe('not-applicable');
    await expect(ask('postgres://u:p@127.0.0.1:1/x')).rejects.toMatchObject({ code: 'unreachable' });
    await expect(ask(appUrl, { maximum: 3 })).rejects.toMatchObject({ code: 'configuration' });
  });
});
