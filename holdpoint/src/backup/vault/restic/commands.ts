import type { Command } from '../../../system/exec/command.ts';

export interface Repository {
  /** As restic writes it: a folder, `s3:…`, `sftp:…`. */
  readonly repository: string;
  readonly passwordFile?: string | undefined;
  readonly passwordCommand?: readonly string[] | undefined;
  /** restic's extended options, `sftp.command=…`. */
  readonly options?: readonly string[];
  /** Added to the inherited environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A command of restic. The password comes from a file or a program, never through the arguments. */
export function restic(at: Repository, args: readonly string[], cwd?: string): Command {
  const { repository, passwordFile, passwordCommand, options = [], environment } = at;
  return {
    program: 'restic',
    args: [
      ...['--repo', repository],
      ...(passwordFile === undefined ? [] : ['--password-file', passwordFile]),
      ...(passwordCommand === undefined ? [] : ['--password-command', passwordCommand.map(quoted).join(' ')]),
      ...options.flatMap((option) => ['-o', option]),
      ...args,
    ],
    // Otherwise it tells its progress sixty times a second.
    environment: { RESTIC_PROGRESS_FPS: '0.01', LC_ALL: 'C', ...environment },
    ...(cwd === undefined ? {} : { cwd }),
  };
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'"'"'`)}'`;

const tagged = (tags: readonly string[]): readonly string[] => tags.flatMap((tag) => ['--tag', tag]);

/** Run in the folder: `.` stands for what is in it, so that the snapshot begins there and not at the root of the disk. */
export const backUpHere = (tags: readonly string[], parent: string | undefined): readonly string[] => [
  ...['backup', '--json', ...tagged(tags)],
  ...(parent === undefined ? [] : ['--parent', parent]),
  '.',
];

export const backUpText = (tags: readonly string[], name: string): readonly string[] => [
  ...['backup', '--json', ...tagged(tags)],
  ...['--stdin', '--stdin-filename', name],
];

/** An address for people: what stands for a password in it is left out. */
export const withoutPassword = (address: string): string => address.replace(/(\/\/[^/@:]*):[^/@]*@/, '$1:…@');

/** A folder's path becomes absolute; an address stays as it is. */
export function isFolder(repository: string): boolean {
  return !/^(s3|sftp|rest|b2|azure|gs|swift|rclone|local):/.test(repository);
}
