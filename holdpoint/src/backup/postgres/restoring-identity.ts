import { HoldpointError } from '../../kernel/errors.ts';
import { sqlState, withSession } from '../../system/postgres/connection.ts';
import type { Answering } from '../../system/postgres/control.ts';
import type { Replacement } from './replacement.ts';

const WITHIN = 10_000;

/** Which server answers at an address. */
export interface Identity extends Answering {
  readonly identifier: string;
  /** True when its log has not come to the backup's consistency point. */
  readonly early: boolean;
  readonly lsn: string;
}

/** Throws `unreachable`. */
export async function identityAt({ server, manifest }: Replacement, signal?: AbortSignal): Promise<Identity> {
  const url = await server.url(signal);
  const [identity] = await withSession(url, { statementTimeout: WITHIN, signal }, (session) =>
    session.query<Identity>(
      `select (select system_identifier::text from pg_control_system()) as identifier,
              current_setting('port')::int as port,
              host(inet_server_addr()) as address, at.lsn::text as lsn, at.lsn < $1::pg_lsn as early
         from (select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
                           else pg_current_wal_lsn() end as lsn) as at`,
      [manifest.consistency.stopLsn],
    ),
  );
  if (identity === undefined) throw new HoldpointError('internal', 'the server says nothing of itself');
  return identity;
}

/** Whether it is the server that works on the data directory, as the declared process or container. */
export async function isServerHere(
  { place, manifest, server }: Replacement,
  identity: Identity,
): Promise<boolean> {
  if (identity.identifier !== manifest.server.systemIdentifier) return false;
  return server.isWith(place.data, identity);
}

/**
 * A server elsewhere, or in a container that was not declared, looks here as if none ran: its files would be moved under it.
 * One that cannot be asked may have died; then only what runs here counts.
 */
export async function assertServerHere(replacement: Replacement): Promise<void> {
  const identity = await identityAt(replacement).catch((error: unknown) => {
    const state = sqlState(error);
    // What the server itself refuses would be refused after the swap as well; 57 and 08 are a server that goes away.
    if (state !== undefined && !/^(57|08)/.test(state)) throw error;
    return undefined;
  });
  if (identity === undefined || (await isServerHere(replacement, identity))) return;
  const { data } = replacement.place;
  throw new HoldpointError('configuration', `database.url answers from another server than that of ${data}`, {
    details: [`it says: port ${identity.port}, system identifier ${identity.identifier}`],
    next: 'Make database.url and database.data name the same server on this machine; declare database.container for one that runs in a container.',
  });
}
