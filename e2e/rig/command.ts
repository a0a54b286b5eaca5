import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from './eventually.ts';

export interface Ended {
  /** Of the process; null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that is going on. */
export interface Going {
  /** Of the process; -1 when it could not be started. */
  readonly pid: number;
  readonly ended: Promise<Ended>;
  output(): string;
  /** Waits until its output says so; throws with that output when it ends or takes too long before. */
  says(words: RegExp, within?: number): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

export interface Launch {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

const SAYS_WITHIN = 60_000;

export function start(program: string, args: readonly string[], { cwd, environment }: Launch): Going {
  const child: ChildProcess = spawn(program, [...args], {
    cwd,
    env: { ...process.env, ...environment },
    // In a group of its own, so that nothing meant for the tests reaches it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let over = false;
  const ended = once(child, 'close').then(([status]): Ended => {
    over = true;
    return { status: status as number | null, stdout, stderr };
  });
  ended.catch(() => undefined);
  const output = (): string => stdout + stderr;
  return {
    pid: child.pid ?? -1,
    ended,
    output,
    async says(words, within = SAYS_WITHIN) {
      await eventually(String(words), within, () => {
        if (words.test(output())) return true;
        if (over) throw new Error(`it ended without saying ${words}:\n${output()}`);
        return false;
      });
    },
    signal: (name) => void child.kill(name),
  };
}
