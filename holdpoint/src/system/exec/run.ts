import { type ChildProcess, spawn } from 'node:child_process';
import type { Command, CommandResult, Exec, RunOptions } from './command.ts';
import { endGroup } from './group.ts';
import { launchError } from './launch-error.ts';
import { type Tail, tail } from './tail.ts';

const KEPT = 64 * 1024;
/** Milliseconds for output still in the pipe; a child left in the background would hold the pipe open for ever. */
const FLUSH = 500;

/**
 * Runs a command in its own process group, keeping the last 64 KiB of each stream. On timeout or abort the whole group
 * gets SIGTERM, and SIGKILL two seconds later. A timeout is a result (`timedOut`); an abort throws the signal's reason
 * once the group is dead; a program that cannot start throws `command-failed`.
 */
export const run: Exec = (command, options) => runKeeping(KEPT, command, options);

/** `run` with another limit, in bytes a stream. */
export async function runKeeping(
  kept: number,
  command: Command,
  options: RunOptions,
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const started = performance.now();
  const child = start(command);
  const stdout = collect(child.stdout, kept);
  const stderr = collect(child.stderr, kept);
  feed(child, command.input);
  const ended = endOf(child, command);
  const { exit, timedOut } = await supervise(child, ended, options);
  options.signal?.throwIfAborted();
  return {
    exitCode: exit.code,
    ...(exit.signal === null ? {} : { signal: exit.signal }),
    stdout: stdout.text(),
    stderr: stderr.text(),
    milliseconds: performance.now() - started,
    timedOut,
  };
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function start(command: Command): ChildProcess {
  try {
    return spawn(command.program, [...command.args], {
      cwd: command.cwd,
      env: { ...process.env, ...command.environment },
      detached: true,
      stdio: [command.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(command.user === undefined ? {} : command.user),
    });
  } catch (error) {
    throw launchError(command.program, command.cwd, error);
  }
}

function collect(stream: NodeJS.ReadableStream | null, limit: number): Tail {
  const kept = tail(limit);
  stream?.on('data', (chunk: Buffer) => kept.add(chunk));
  return kept;
}

function feed(child: ChildProcess, input: string | undefined): void {
  // A command that ends without reading all of its input is not at fault.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
}

function endOf(child: ChildProcess, command: Command): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      if (child.pid === undefined) reject(launchError(command.program, command.cwd, error));
    });
    child.once('exit', (code, signal) => {
      const release = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, FLUSH);
      child.once('close', () => {
        clearTimeout(release);
        resolve({ code, signal });
      });
    });
  });
}

async function supervise(
  child: ChildProcess,
  ended: Promise<Exit>,
  options: RunOptions,
): Promise<{ readonly exit: Exit; readonly timedOut: boolean }> {
  let timedOut = false;
  let ending: Promise<void> | undefined;
  const end = (): void => {
    if (child.pid !== undefined) ending ??= endGroup(child.pid);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, options.timeout);
  options.signal?.addEventListener('abort', end, { once: true });
  try {
    const exit = await ended;
    await ending;
    return { exit, timedOut };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', end);
  }
}
