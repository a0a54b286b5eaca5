import type { Restored } from '../backup/backup.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { inCopy } from './copy.ts';

/** What lets the server itself call out. It runs outside of the cell, so that nothing would hold it back. */
const CALLING_OUT = `
  select extname as name from pg_extension
   where extname in ('dblink', 'postgres_fdw', 'file_fdw', 'mysql_fdw', 'oracle_fdw', 'tds_fdw', 'mongo_fdw', 'redis_fdw',
                     'multicorn', 'http', 'pg_net', 'pgsql_http', 'pg_curl', 'aws_s3', 'aws_lambda', 'azure_storage')
  union
  select lanname from pg_language where not lanpltrusted and lanname not in ('internal', 'c')
  order by 1`;

/** Throws `configuration` when the copy's server could reach the outside by itself. */
export async function assertServerStaysInside(restored: Restored, signal: AbortSignal): Promise<void> {
  const found = await inCopy(restored, signal, (session) => session.query<{ name: string }>(CALLING_OUT));
  if (found.length === 0) return;
  const names = found.map(({ name }) => name).join(', ');
  throw new HoldpointError('configuration', `the database can call out by itself through ${names}`, {
    next: `Drop what is not needed, or set database.rehearsal.isolation to 'preferred' to rehearse all the same.`,
  });
}
