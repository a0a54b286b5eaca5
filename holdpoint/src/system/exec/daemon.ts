import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import { launchError } from './launch-error.ts';
import { identify, type ProcessIdentity } from './processes.ts';

export interface DaemonCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited, so that no secret of the caller's slips through. */
  readonly environment: Readonly<Record<string, string>>;
  /** File that standard output and standard error are appended to. */
  readonly log: string;
  readonly user?: { readonly uid: number; readonly gid: number };
}

/**
 * Starts a process in a session of its own, which outlives the caller and its terminal. It exists under its new
 * environment when this returns. Throws `command-failed` when it cannot start.
 */
export async function startDaemon(command: DaemonCommand): Promise<ProcessIdentity> {
  await mkdir(dirname(command.log), { recursive: true });
  const log = await open(command.log, 'a', 0o640);
  try {
    const child = spawn(command.program, [...command.args], {
      cwd: command.cwd,
      env: { ...command.environment },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      ...(command.user === undefined ? {} : command.user),
    });
    await once(child, 'spawn');
    child.unref();
    const { pid } = child;
    if (pid === undefined) throw new HoldpointError('internal', 'a started process has no number');
    // Ended before it could be looked at: an identity that no process matches, so that it counts as dead.
    return (await identify(pid)) ?? { pid, startTicks: -1 };
  } catch (error) {
    if (error instanceof HoldpointError) throw error;
    throw launchError(command.program, command.cwd, error, command.environment['PATH']);
  } finally {
    await log.close();
  }
}
