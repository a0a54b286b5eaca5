import type { Command } from '../exec/command.ts';
import type { Account } from './account.ts';
import type { Binaries } from './programs.ts';

export interface Start {
  readonly data: string;
  /** On the loopback address; a free one when left out. */
  readonly port?: number;
  /** Folder for a unix socket; none when left out. Its path must be short: the system allows about 100 bytes. */
  readonly socketFolder?: string;
  /** More settings by their names in `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Milliseconds until it must accept connections, recovery included. */
  readonly within: number;
}

/** Pure: the file that is read after `postgresql.conf`. */
export function ownSettings(port: number, start: Start): string {
  const settings: Record<string, string> = {
    ...start.settings,
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: start.socketFolder ?? '',
  };
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`,
  );
  return lines.join('');
}

/** Pure: `pg_ctl` puts the server into a session of its own, so that it outlives us. */
export function startCommand(binaries: Binaries, start: Start, log: string, account?: Account): Command {
  const seconds = String(Math.max(1, Math.ceil(start.within / 1_000)));
  const args = [
    'start',
    '--silent',
    '--wait',
    `--timeout=${seconds}`,
    `--pgdata=${start.data}`,
    `--log=${log}`,
  ];
  return {
    program: binaries.pgCtl,
    args,
    cwd: start.data,
    ...(account === undefined ? {} : { user: account }),
  };
}

/** Pure: `mode` is PostgreSQL's own word: `fast` or `immediate`. */
export function stopCommand(
  binaries: Binaries,
  data: string,
  mode: 'fast' | 'immediate',
  within: number,
  account?: Account,
): Command {
  const seconds = String(Math.max(1, Math.ceil(within / 1_000)));
  return {
    program: binaries.pgCtl,
    args: ['stop', '--silent', '--wait', `--mode=${mode}`, `--timeout=${seconds}`, `--pgdata=${data}`],
    cwd: '/',
    ...(account === undefined ? {} : { user: account }),
  };
}
