import { existsSync } from 'node:fs';
import { HoldpointError } from '../../kernel/errors.ts';

/** What the operating system means when a program does not start. ENOENT stands for a missing folder as well. */
export function launchError(program: string, cwd: string | undefined, cause: unknown): HoldpointError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (cwd !== undefined && !existsSync(cwd)) {
    return new HoldpointError('command-failed', `'${program}' cannot start: there is no folder ${cwd}`, {
      cause,
      next: 'Make the folder, or correct its path in the specification.',
    });
  }
  if (code === 'ENOENT') {
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
