import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface Watched {
  /** Milliseconds from its start to its end. */
  readonly took: number;
  /** Bytes that the process itself held at the most. */
  readonly peak: number;
  /** The same of each program that it started, the largest of those of one name. */
  readonly children: ReadonlyMap<string, number>;
}

export interface Started {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Milliseconds. The kernel keeps the highest value itself, so that only what comes after the last look is missed. */
const LOOK = 100;

/** Runs a program to its end and looks at its memory; one that fails is an error with its last lines. */
export async function watched({ program, args, cwd, environment, signal }: Started): Promise<Watched> {
  let peak = 0;
  const children = new Map<string, number>();
  let said = '';
  const began = performance.now();
  const child = spawn(program, [...args], {
    cwd,
    signal,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-4_000);
    });
  const timer = setInterval(() => {
    if (child.pid === undefined) return;
    peak = Math.max(peak, memoryOf(child.pid)?.peak ?? 0);
    for (const pid of descendantsOf(child.pid)) {
      const found = memoryOf(pid);
      if (found !== undefined) children.set(found.name, Math.max(children.get(found.name) ?? 0, found.peak));
    }
  }, LOOK);
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const took = performance.now() - began;
    if (status === 0) return { took, peak, children };
    throw new Error(`${basename(program)} ${args[0] ?? ''} ended with ${status}: ${said.trim()}`);
  } finally {
    clearInterval(timer);
  }
}

function memoryOf(pid: number): { readonly name: string; readonly peak: number } | undefined {
  const status = textOf(`/proc/${pid}/status`);
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  const name = /^Name:\s+(.*)$/m.exec(status)?.[1];
  return kilobytes === undefined || name === undefined
    ? undefined
    : { name, peak: Number(kilobytes) * 1_024 };
}

function descendantsOf(pid: number): readonly number[] {
  const own = textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return own.flatMap((child) => [child, ...descendantsOf(child)]);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
