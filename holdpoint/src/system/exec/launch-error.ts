import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';

/**
 * What the operating system means when a program does not start. ENOENT stands for a missing folder as well, and EACCES
 * for a program that is nowhere, when one folder of the search path is closed to this user.
 */
export function launchError(
  program: string,
  cwd: string | undefined,
  cause: unknown,
  searchPath = process.env['PATH'],
): HoldpointError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (cwd !== undefined && !existsSync(cwd)) {
    return new HoldpointError('command-failed', `'${program}' cannot start: there is no folder ${cwd}`, {
      cause,
      next: 'Make the folder, or correct its path in the specification.',
    });
  }
  if (code === 'ENOENT' || (code === 'EACCES' && isNowhere(program, searchPath))) {
    return new HoldpointError('command-failed', `the program '${program}' was not found`, {
      cause,
      next: `Install '${program}', or put the folder that holds it on PATH.`,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new HoldpointError('command-failed', `'${program}' may not be run by this user`, {
      cause,
      next: 'Give the file its execute permission, or run as a user who may.',
    });
  }
  return new HoldpointError('command-failed', `'${program}' could not be started`, {
    cause,
    next: 'Read the cause, then run the same command by hand.',
  });
}

function isNowhere(program: string, searchPath = ''): boolean {
  if (program.includes('/')) return false;
  return !searchPath.split(delimiter).some((folder) => existsSync(join(folder, program)));
}
