import type { Clock } from '../../../kernel/clock.ts';
import { HoldpointError } from '../../../kernel/errors.ts';
import type { Command, Exec } from '../../../system/exec/command.ts';
import { clientFor } from '../../../system/postgres/clients.ts';

const DUMP_WITHIN = 24 * 3_600_000;
export const GLOBALS = 'globals.sql';

export interface DumpOptions {
  readonly label: string;
  /** Leads to the server from this machine, as a user who may read everything: its superuser, as a rule. */
  readonly url: (signal?: AbortSignal) => Promise<string>;
  readonly exec: Exec;
  readonly clock: Clock;
  /** Names the databases that a restore keeps: `shop_before_<run>`. */
  readonly run: string;
}

/** Programs read a name with an equals sign or an address in it as a connection string. */
export const quoted = (database: string): string =>
  `dbname='${database.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** A client that is new enough for the server. Throws `configuration` with what to install. */
export async function client(name: string, major: number, exec: Exec): Promise<string> {
  const found = await clientFor(name, major, exec);
  if (found !== undefined) return found.path;
  throw new HoldpointError('configuration', `no ${name} from PostgreSQL ${major} on is installed here`, {
    next: `Install postgresql-client-${major}, or set \`database: physical\` in \`backups\`.`,
  });
}

/** Throws `command-failed` with the last words of the program. */
export async function perform(
  exec: Exec,
  command: Command,
  what: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { timeout: DUMP_WITHIN, ...(signal === undefined ? {} : { signal }) };
  const result = await exec(command, options);
  if (result.exitCode === 0) return;
  throw new HoldpointError(result.timedOut ? 'timeout' : 'command-failed', `${what} gave up`, {
    details: result.stderr.trim().split('\n').slice(-20),
    next: 'Read what it says; when it is the disk or the network, try again.',
  });
}
