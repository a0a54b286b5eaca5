import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { launchError } from './launch-error.ts';
import { tail } from './tail.ts';

export interface AttachedCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A child for as long as the caller lives, spoken to in lines. */
export interface Attached {
  readonly pid: number;
  /** Its standard output; ends with the child. To be read once. */
  readonly lines: AsyncIterable<string>;
  /** Resolves once it has ended, with the last of its standard error. */
  readonly ended: Promise<string>;
  /** Writes a line to its standard input; lost when it has ended. */
  send(line: string): void;
  /** Ends its standard input, as the caller's own death would. */
  hangUp(): void;
  /** SIGKILL, to its whole process group. */
  kill(): void;
}

const KEPT = 16 * 1024;

/**
 * Starts a child in a session of its own, so that Ctrl-C reaches the caller alone, and holds its pipes: whatever
 * becomes of the caller, the child reads the end of its input. Throws `command-failed` when it cannot start.
 */
export async function startAttached(command: AttachedCommand): Promise<Attached> {
  const child = spawn(command.program, [...command.args], {
    cwd: '/',
    env: { ...command.environment },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stderr = tail(KEPT);
  child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
  // Writing to a child that has just died is no fault of the writer: `ended` tells.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => {
    child.once('close', () => resolve(stderr.text()));
    // A grandchild may hold the pipes for ever.
    child.once('exit', () => setTimeout(() => resolve(stderr.text()), 500).unref());
  });
  await once(child, 'spawn').catch((error: unknown) => {
    throw launchError(command.program, undefined, error, command.environment['PATH']);
  });
  const pid = child.pid ?? 0;
  return {
    pid,
    lines: createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY }),
    ended,
    send: (line) => void child.stdin.write(`${line}\n`),
    hangUp: () => void child.stdin.end(),
    kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      try {
        process.kill(-pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
  };
}
