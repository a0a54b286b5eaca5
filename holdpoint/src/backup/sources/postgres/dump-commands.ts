import type { Command } from '../../../system/exec/command.ts';
import { clientAddress } from '../../../system/postgres/client-address.ts';

/** Beside the password, which goes the same way: nothing asks a person, and words stay in one language. */
function client(url: string, program: string, args: readonly string[]): Command {
  const { args: address, environment } = clientAddress(url);
  return {
    program,
    args: [...address, '--no-password', ...args],
    cwd: '/',
    environment: { ...environment, PGAPPNAME: 'holdpoint backup', LC_ALL: 'C' },
  };
}

/** Without its ACLs and owners being left out: a copy into the same roles is whole. */
export const dumpCommand = (
  program: string,
  url: string,
  dump: {
    readonly database: string;
    readonly into: string;
    readonly snapshot: string;
    readonly jobs: number;
  },
): Command =>
  client(url, program, [
    '--format=directory',
    `--jobs=${dump.jobs}`,
    `--snapshot=${dump.snapshot}`,
    '--compress=0',
    `--file=${dump.into}`,
    `--dbname=${dump.database}`,
  ]);

/** Roles, their memberships and passwords, and tablespaces. */
export const globalsCommand = (program: string, url: string, into: string, database: string): Command =>
  client(url, program, ['--globals-only', `--file=${into}`, `--database=${database}`]);

/** `create` makes the database as the dump describes it; else it is there and empty. */
export const restoreCommand = (
  program: string,
  url: string,
  restore: {
    readonly from: string;
    readonly database: string;
    readonly jobs: number;
    readonly create: boolean;
  },
): Command =>
  client(url, program, [
    '--format=directory',
    `--jobs=${restore.jobs}`,
    ...(restore.create ? ['--create'] : []),
    '--exit-on-error',
    `--dbname=${restore.database}`,
    restore.from,
  ]);

/** Goes on after an error: the roles that a new server has already are among those that are made. */
export const playCommand = (program: string, url: string, file: string, database: string): Command =>
  client(url, program, ['--no-psqlrc', '--quiet', `--file=${file}`, `--dbname=${database}`]);
