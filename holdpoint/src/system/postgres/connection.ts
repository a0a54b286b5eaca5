import pg from 'pg';
import { HoldpointError } from '../../kernel/errors.ts';
import { redact } from '../../kernel/redaction.ts';

/** Rows of one statement; `values` fill `$1`, `$2`… */
export interface Session {
  query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

export interface SessionOptions {
  /** Milliseconds for each statement, held by the server; 0 for none. */
  readonly statementTimeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Shown in `pg_stat_activity`. */
  readonly name?: string;
  /** Speaks the replication protocol, to which `pg_hba.conf` gives lines of its own. */
  readonly replication?: boolean;
}

/** A server that is entered without a password, such as through a unix socket in the folder `host`. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/**
 * Lends one connection to `use` and closes it. Throws `unreachable` when the server does not let us in; what a
 * statement throws passes through, with PostgreSQL's code. An abort breaks the connection and so ends the statement.
 */
export async function withSession<Result>(
  at: string | Address,
  options: SessionOptions,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  options.signal?.throwIfAborted();
  const client = new pg.Client({
    ...(typeof at === 'string' ? { connectionString: at } : { ...at, password: '' }),
    connectionTimeoutMillis: 10_000,
    statement_timeout: options.statementTimeout,
    application_name: options.name ?? 'holdpoint',
    ...(options.replication === true ? { replication: 'true' } : {}),
  });
  // A server that goes away emits this outside of any statement, and unheard it would end the process.
  client.on('error', () => undefined);
  await client.connect().catch((cause: Error) => {
    throw new HoldpointError(
      'unreachable',
      `${typeof at === 'string' ? withoutPassword(at) : at.host} refuses the connection`,
      {
        cause,
        next: 'Check that the server runs, and the user and password in database.url.',
      },
    );
  });
  const abort = (): void => {
    client.end().catch(() => undefined);
  };
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    return await use({
      query: async <Row>(text: string, values: readonly unknown[] = []) =>
        (await client.query(text, [...values])).rows as Row[],
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
    await client.end().catch(() => undefined);
  }
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}

/** PostgreSQL's five-character code of an error that a statement threw. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

function withoutPassword(url: string): string {
  try {
    const shown = new URL(url);
    return `${shown.protocol}//${shown.username}@${shown.host}${shown.pathname}`;
  } catch {
    return redact(url);
  }
}
