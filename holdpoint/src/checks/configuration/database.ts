import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { withSession } from '../../system/postgres/connection.ts';
import { isLoopback } from '../addresses.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { judgeFaults, notApplicable } from '../verdicts.ts';

const ID = checkId('configuration.database');

const Settings = z.strictObject({
  /** Whether the connection must be encrypted: required unless the server is on this machine. */
  tls: z.enum(['required', 'optional']).optional(),
  user: z.string().optional(),
  /** The server's least major version. */
  minimumVersion: z.coerce.number().int().optional(),
});

interface Expected {
  readonly tls: boolean;
  readonly user?: string | undefined;
  readonly minimumVersion?: number | undefined;
}

interface ServerFacts {
  readonly version: string;
  readonly user: string;
  readonly database: string;
  /** The protocol of the encryption, such as `TLSv1.3`; null without. */
  readonly tls: string | null;
  readonly milliseconds: number;
}

function judgeDatabase(expected: Expected, measured: ServerFacts): Evidence {
  const major = Number.parseInt(measured.version, 10);
  const faults = [
    ...(expected.tls && measured.tls === null ? ['the connection is not encrypted'] : []),
    ...(expected.user !== undefined && expected.user !== measured.user
      ? [`the user is ${measured.user}, not ${expected.user}`]
      : []),
    ...(major < (expected.minimumVersion ?? 0)
      ? [`PostgreSQL ${measured.version} is older than ${expected.minimumVersion}`]
      : []),
  ];
  const seen = `PostgreSQL ${measured.version}, ${measured.tls ?? 'no TLS'}, ${measured.user}@${measured.database}`;
  return judgeFaults(faults, `${seen}, in ${Math.round(measured.milliseconds)} ms`, {
    measured: seen,
    next: 'Correct the connection string, or the settings of the server.',
  });
}

const FACTS = `select current_setting('server_version') as version, current_user::text as user,
  current_database()::text as database,
  (select version from pg_stat_ssl where pid = pg_backend_pid() and ssl) as tls`;

export const database: Check = {
  id: ID,
  timeLimit: 15_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    if (subject.databaseUrl === undefined) return notApplicable('no database is declared');
    const host = new URL(subject.databaseUrl).hostname;
    const tls = settings.tls === undefined ? !isLoopback(host) : settings.tls === 'required';
    const started = performance.now();
    const options = { statementTimeout: 5_000, signal: probe.signal, name: 'holdpoint check' };
    const [facts] = await withSession(subject.databaseUrl, options, (session) =>
      session.query<Omit<ServerFacts, 'milliseconds'>>(FACTS),
    );
    const none = { version: '?', user: '?', database: '?', tls: null };
    return judgeDatabase(
      { tls, user: settings.user, minimumVersion: settings.minimumVersion },
      { ...(facts ?? none), milliseconds: performance.now() - started },
    );
  },
};
