import type { Exec } from '../../system/exec/command.ts';
import { clientFor } from '../../system/postgres/clients.ts';
import { throughFunctions } from './base-backup.ts';
import { refusedReplication, throughClient } from './client-backup.ts';
import type { ConsistentCopy, Way } from './consistent-copy.ts';
import type { ServerFacts } from './server-facts.ts';

/**
 * How this server is copied: by pg_basebackup where one as new as the server is installed and let in, else by the
 * server's own functions. `wanted` leaves no choice, and yields undefined when that way is not there.
 */
export async function wayFor(
  server: ServerFacts,
  at: { readonly url: string; readonly exec: Exec; readonly signal?: AbortSignal | undefined },
  wanted?: Way,
): Promise<ConsistentCopy | undefined> {
  if (wanted === 'pg_backup_start') return throughFunctions;
  const major = Math.floor(server.versionNumber / 10_000);
  const client = await clientFor('pg_basebackup', major, at.exec, server.program);
  if (wanted !== undefined) return client && throughClient(client, at.url, at.exec);
  // A server that was set up for the functions may well have no line for replication in its pg_hba.conf.
  if (client === undefined || (await refusedReplication(at.url, at.signal)) !== undefined) {
    return throughFunctions;
  }
  return throughClient(client, at.url, at.exec);
}
