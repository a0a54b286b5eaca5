import type { DatabaseBackup } from '../backup/backup.ts';
import { run } from '../system/exec/run.ts';
import { withDatabase, withSession } from '../system/postgres/connection.ts';
import { startTemporaryServer } from '../system/postgres/temporary-server.ts';

export interface Lender {
  /** Of the database that is copied. */
  readonly original: string;
  readonly withRestored: DatabaseBackup['withRestored'];
  /** How many copies were lent so far. */
  readonly lent: () => number;
  readonly query: <Row>(url: string, sql: string) => Promise<readonly Row[]>;
  readonly remove: () => Promise<void>;
}

export async function query<Row>(url: string, sql: string): Promise<readonly Row[]> {
  return withSession(url, { statementTimeout: 120_000 }, (session) => session.query<Row>(sql));
}

/** Copies of one database on one server: what a restored backup shows, without the restoring. */
export async function startLender(sql: string): Promise<Lender> {
  const server = await startTemporaryServer(run, { max_connections: '60', autovacuum: 'off' });
  let [copies, number] = [0, 0];
  await query(server.url, `create role app login password 'app-password' createrole`);
  const original = withDatabase(server.url, 'shop');
  await query(server.url, 'create database shop owner app');
  const owned = new URL(original);
  owned.username = 'app';
  owned.password = 'app-password';
  await query(owned.href, sql);
  return {
    original: owned.href,
    lent: () => copies,
    query,
    remove: () => server.remove(),
    withRestored: async (id, use) => {
      copies += 1;
      number += 1;
      const name = `copy_${number}`;
      await query(server.url, `create database ${name} template ${id} owner app`);
      try {
        const url = withDatabase(owned.href, name);
        return await use({ url, superuserUrl: server.url, restoredInMs: 1 });
      } finally {
        await query(server.url, `drop database ${name} with (force)`);
      }
    },
  };
}
