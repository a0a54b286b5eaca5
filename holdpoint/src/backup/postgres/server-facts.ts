import { open, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import { type Session, sqlState } from '../../system/postgres/connection.ts';
import type { ServerControl } from '../../system/postgres/control.ts';
import type { Manifest } from './manifest.ts';
import { CONTROL_FILE } from './selection.ts';

export type ServerFacts = Manifest['server'];

/** Without these a restored copy may refuse to start, or its recovery lacks room. */
const CARRIED: readonly string[] = [
  'max_connections',
  'max_worker_processes',
  'max_prepared_transactions',
  'max_locks_per_transaction',
  'shared_preload_libraries',
  'default_toast_compression',
  'TimeZone',
];

interface Row {
  readonly versionNumber: number;
  readonly version: string;
  readonly systemIdentifier: string;
  readonly superuser: string;
  readonly dataChecksums: boolean;
  readonly walSegmentSize: number;
  readonly recovering: boolean;
  readonly walLevel: string;
}

/** What a backup must know of its server. Throws `configuration` when this server cannot be backed up like this. */
export async function readServerFacts(
  session: Session,
  data: string,
  server: Pick<ServerControl, 'here'>,
): Promise<ServerFacts> {
  const [row] = await session.query<Row>(`
    select current_setting('server_version_num')::int as "versionNumber",
           current_setting('server_version') as version,
           (select system_identifier::text from pg_control_system()) as "systemIdentifier",
           (select rolname::text from pg_roles where oid = 10) as superuser,
           current_setting('data_checksums')::bool as "dataChecksums",
           (select setting::int from pg_settings where name = 'wal_segment_size') as "walSegmentSize",
           pg_is_in_recovery() as recovering,
           current_setting('wal_level') as "walLevel"`);
  if (row === undefined) throw new HoldpointError('internal', 'the server says nothing of itself');
  const { recovering, walLevel, ...facts } = row;
  if (facts.versionNumber < 150_000) {
    throw new HoldpointError('configuration', `PostgreSQL ${facts.version} is older than 15`);
  }
  if (recovering) {
    throw new HoldpointError('configuration', 'the server at database.url is a standby', {
      next: 'Name the primary in database.url and database.data.',
    });
  }
  if (walLevel === 'minimal') {
    throw new HoldpointError('configuration', 'the server writes too little WAL for a backup under load', {
      next: 'Set wal_level = replica in postgresql.conf and restart the server.',
    });
  }
  await assertSameServer(session, data, facts.systemIdentifier, server);
  const settings = await session.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings where name = any($1)',
    [CARRIED],
  );
  const program = await programOf(data);
  return {
    ...facts,
    ...(program === undefined ? {} : { program }),
    settings: Object.fromEntries(settings.map(({ name, setting }) => [name, setting])),
  };
}

/** `database.url` and `database.data` are written separately: copying another server's files would prove nothing. */
async function assertSameServer(
  session: Session,
  data: string,
  identifier: string,
  server: Pick<ServerControl, 'here'>,
): Promise<void> {
  const control = await open(join(data, CONTROL_FILE), 'r').catch((cause: unknown) => {
    throw new HoldpointError('configuration', `${data} cannot be read as a PostgreSQL data directory`, {
      cause,
      next: "Set database.data to the server's data directory, and run as a user who may read it.",
    });
  });
  const first = Buffer.alloc(8);
  await control.read(first, 0, 8, 0).finally(() => control.close());
  // The identifier is the first field of the control file, in the machine's byte order.
  const written = process.arch === 's390x' ? first.readBigUInt64BE() : first.readBigUInt64LE();
  const shown = await session
    .query<{ folder: string }>(`select current_setting('data_directory') as folder`)
    .catch((error: unknown) => {
      if (sqlState(error) === '42501') return [];
      throw error;
    });
  const elsewhere = shown[0] !== undefined && (await server.here(shown[0].folder)) !== (await realpath(data));
  if (String(written) === identifier && !elsewhere) return;
  throw new HoldpointError(
    'configuration',
    `${data} is not the data directory of the server at database.url`,
    {
      next: 'Make database.url and database.data name the same server.',
    },
  );
}

/** The server's own program, from its start's command line, so that a restored copy gets the same one. */
async function programOf(data: string): Promise<string | undefined> {
  const text = await readFile(join(data, 'postmaster.opts'), 'utf8').catch(() => '');
  return /^(\/\S+)/.exec(text)?.[1];
}
