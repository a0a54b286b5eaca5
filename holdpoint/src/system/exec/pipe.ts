import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Command } from './command.ts';
import { endGroup } from './group.ts';
import { launchError } from './launch-error.ts';
import { type Tail, tail } from './tail.ts';

export interface PipeOptions {
  /** Milliseconds after which all of them are killed. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** An open file that the first reads. */
  readonly input?: number;
  /** Fed to the first; its error ends the pipe. */
  readonly source?: AsyncIterable<Uint8Array>;
  /** Takes what the last prints; awaited, so that a slow one slows the pipe down. Printed text is dropped without it. */
  readonly sink?: (chunk: Buffer) => void | Promise<void>;
  /** An open file that the last writes instead. */
  readonly output?: number;
}

/** How one command of a pipe ended. */
export interface PipeEnd {
  readonly program: string;
  /** null when a signal killed it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last 16 KiB. */
  readonly stderr: string;
}

export interface PipeResult {
  /** In the order of the commands. */
  readonly ends: readonly PipeEnd[];
  readonly timedOut: boolean;
}

const KEPT = 16 * 1024;

/**
 * Runs commands side by side, each reading what the one before it prints. Unlike a shell's pipe it tells the end of
 * every one. Between them the bytes go without passing through this process. On timeout, abort and an error of
 * `source` or `sink` all are ended; an abort throws its reason, an error is thrown once all are dead. What cannot start
 * throws `command-failed`.
 */
export async function pipe(commands: readonly Command[], options: PipeOptions): Promise<PipeResult> {
  options.signal?.throwIfAborted();
  const running: Running[] = [];
  let timedOut = false;
  const endAll = (): void => {
    for (const { child } of running) if (child.pid !== undefined) void endGroup(child.pid);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    endAll();
  }, options.timeout);
  options.signal?.addEventListener('abort', endAll, { once: true });
  try {
    const last = commands.length - 1;
    for (const [index, command] of commands.entries()) {
      const before = running.at(-1)?.child.stdout ?? undefined;
      const input = index === 0 ? (options.input ?? (options.source ? 'pipe' : 'ignore')) : before;
      const output = index < last || options.sink !== undefined ? 'pipe' : (options.output ?? 'ignore');
      running.push(start(command, [input ?? 'ignore', output, 'pipe']));
      // Held open here, it would keep a program writing for a reader that has died.
      before?.destroy();
    }
    const fed = feed(running[0]?.child, options.source);
    const taken = drain(running[last]?.child.stdout ?? undefined, options.sink);
    const guarded = Promise.all([fed, taken]).catch((error: unknown) => {
      endAll();
      return { error };
    });
    const ends = await Promise.all(running.map(({ ended }) => ended));
    const outcome = await guarded;
    options.signal?.throwIfAborted();
    if ('error' in outcome && !timedOut) throw outcome.error;
    return { ends, timedOut };
  } catch (error) {
    endAll();
    await Promise.allSettled(running.map(({ ended }) => ended));
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', endAll);
  }
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<PipeEnd>;
}

function start(command: Command, stdio: StdioOptions): Running {
  const { program, args, cwd, environment, user } = command;
  const child = spawn(program, [...args], {
    cwd,
    env: { ...process.env, ...environment },
    detached: true,
    stdio,
    ...(user === undefined ? {} : user),
  });
  const stderr: Tail = tail(KEPT);
  child.stderr?.on('data', (chunk: Buffer) => stderr.add(chunk));
  const ended = new Promise<PipeEnd>((resolve, reject) => {
    child.once('error', (error) => {
      if (child.pid === undefined) reject(launchError(program, cwd, error));
    });
    child.once('close', (exitCode, signal) => {
      resolve({ program, exitCode, signal, stderr: stderr.text() });
    });
  });
  // Awaited only once all have started.
  ended.catch(() => undefined);
  return { child, ended };
}

async function feed(
  first: ChildProcess | undefined,
  source: AsyncIterable<Uint8Array> | undefined,
): Promise<void> {
  const input = first?.stdin;
  if (source === undefined || input == null) return;
  let broken = false;
  // A reader that ends early says why with its status.
  input.on('error', () => {
    broken = true;
  });
  for await (const chunk of source) {
    if (broken || input.destroyed) break;
    if (!input.write(chunk)) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          for (const name of ['drain', 'close', 'error']) input.off(name, go);
          resolve();
        };
        for (const name of ['drain', 'close', 'error']) input.on(name, go);
      });
    }
  }
  input.end();
}

async function drain(output: Readable | undefined, sink: PipeOptions['sink']): Promise<void> {
  if (output === undefined || sink === undefined) return;
  for await (const chunk of output) await sink(chunk as Buffer);
}
