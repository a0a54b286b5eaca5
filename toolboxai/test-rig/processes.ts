import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..');
const PINNED_NODE = join(ROOT, '../node_modules/.bin/node');
const NODE = existsSync(PINNED_NODE) ? PINNED_NODE : process.execPath;

/** Waits until `condition` answers something other than null, false or undefined; throws after `seconds`. */
export async function until<T>(
  what: string,
  condition: () => Promise<T> | T,
  seconds = 60,
): Promise<NonNullable<T>> {
  const limit = performance.now() + seconds * 1000;
  let last: unknown;
  while (performance.now() < limit) {
    try {
      const value = await condition();
      if (value !== null && value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    await pause(25);
  }
  throw new Error(`not within ${seconds} s: ${what}`, { cause: last });
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

export interface Running {
  readonly url: string;
  readonly address: string;
  readonly output: () => string;
  /** Exit status, -1 after a signal; settles when the process has ended. */
  readonly exited: Promise<number>;
  signal(name: NodeJS.Signals): void;
}

/** Starts processes of ToolBoxAI from their sources or from a release, and ends them all in `stopAll`. */
export function createProcesses(environment: Readonly<Record<string, string>>) {
  const children = new Set<ChildProcess>();

  function start(file: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    return launch(NODE, [file.startsWith('/') ? file : join(ROOT, file), ...args], env);
  }

  function launch(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = spawn(program, args, {
      env: { PATH: process.env['PATH'] ?? '', ...environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    let text = '';
    const note = (chunk: Buffer): void => {
      text += chunk.toString();
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    const exited = new Promise<number>((resolve) => {
      child.once('close', (code) => {
        children.delete(child);
        resolve(code ?? -1);
      });
    });
    return { child, exited, output: () => text };
  }

  return {
    /** Starts a server process and waits until its readiness (or another path) answers 200. */
    async serve(
      file: string,
      env: Readonly<Record<string, string>> = {},
      ready = '/ready',
    ): Promise<Running> {
      const port = await freePort();
      const { child, exited, output } = start(file, [], { PORT: String(port), LOG_LEVEL: 'info', ...env });
      const url = `http://127.0.0.1:${port}`;
      await until(`${file} ready`, async () => {
        if (child.exitCode !== null) throw new Error(output());
        return (await fetch(url + ready)).ok;
      });
      return { url, address: `127.0.0.1:${port}`, output, exited, signal: (name) => void child.kill(name) };
    },
    /** Runs a command to its end. */
    async command(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
      const { exited, output } = start(file, args, env);
      return { status: await exited, output: output() };
    },
    /** Starts a command that goes on until it gets a signal. */
    begin: start,
    /** The same for a program that is not ours. */
    beginProgram: launch,
    async stopAll(): Promise<void> {
      // 'exit' and not 'close': a grandchild may hold the pipes open.
      const alive = [...children].filter((child) => child.exitCode === null && child.signalCode === null);
      const ended = alive.map((child) => new Promise((resolve) => child.once('exit', resolve)));
      for (const child of alive) child.kill('SIGKILL');
      await Promise.all(ended);
    },
  };
}
