import { join } from 'node:path';
import type { Command } from '../../system/exec/command.ts';
import { clientAddress } from '../../system/postgres/client-address.ts';
import type { BaseBackup } from './consistent-copy.ts';

export interface ClientCopy {
  readonly program: string;
  readonly url: string;
  /** An empty folder. */
  readonly target: string;
  readonly label: string;
  readonly tablespaces: BaseBackup['tablespaces'];
}

/** Tablespaces that lie outside the data directory; pg_basebackup would write them to where the originals are. */
export function outside(tablespaces: BaseBackup['tablespaces']): BaseBackup['tablespaces'] {
  return tablespaces.filter(({ location }) => location.startsWith('/'));
}

/** Where one of those is written first: beside the target, so that it can be moved in without being copied. */
export function tablespaceFolder(target: string, oid: string): string {
  return join(`${target}.tablespaces`, oid);
}

/** Pure: how pg_basebackup is asked for a plain copy with the log that it needs and a digest of each file. */
export function baseBackupCommand(copy: ClientCopy): Command {
  const { args, environment } = clientAddress(copy.url);
  // An equals sign inside of a path is written with a backslash.
  const escaped = (path: string): string => path.replaceAll('=', '\\=');
  return {
    program: copy.program,
    args: [
      ...args,
      `--pgdata=${copy.target}`,
      '--format=plain',
      '--wal-method=stream',
      '--checkpoint=fast',
      '--manifest-checksums=SHA256',
      `--label=${copy.label}`,
      '--no-password',
      ...outside(copy.tablespaces).map(
        ({ oid, location }) =>
          `--tablespace-mapping=${escaped(location)}=${escaped(tablespaceFolder(copy.target, oid))}`,
      ),
    ],
    cwd: '/',
    environment: { ...environment, PGAPPNAME: 'holdpoint backup', LC_ALL: 'C' },
  };
}
