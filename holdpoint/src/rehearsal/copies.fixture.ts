import type { DatabaseBackup } from '../backup/backup.ts';
import { run } from '../system/exec/run.ts';
import { withDatabase, withSession } from '../system/postgres/connection.ts';
import { startTemporaryServer } from '../system/postgres/temporary-server.ts';

export interface Lender {
  /** Its id is the database's name: `shop`, and what `make` has made. */
  readonly withRestored: DatabaseBackup['withRestored'];
  /** How many copies were lent so far. */
  readonly lent: () => number;
  /** Makes one more database to be copied; `asSuperuser` runs there first. */
  readonly make: (name: string, sql: string, asSuperuser?: string) => Promise<void>;
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
  const owned = new URL(server.url);
  owned.username = 'app';
  owned.password = 'app-password';
  const make: Lender['make'] = async (name, text, asSuperuser = 'select 1') => {
    await query(server.url, `create database ${name} owner app`);
    await query(withDatabase(server.url, name), asSuperuser);
    await query(withDatabase(owned.href, name), text);
  };
  await make('shop', sql);
  return {
    lent: () => copies,
    make,
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
