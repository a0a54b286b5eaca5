import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDaemon } from './daemon.ts';
import {
  findByEnvironment,
  identify,
  isAlive,
  type ProcessIdentity,
  signal,
  waitForExit,
} from './processes.ts';
import { parseStat } from './procfs.ts';
import { parsePsLine, ps } from './ps.ts';
import { run } from './run.ts';

let folder: string;
let label: string;
const started: ProcessIdentity[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-processes-'));
  label = randomUUID();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((process) => signal(process, 'SIGKILL', { group: true })));
  await rm(folder, { recursive: true, force: true });
});

async function daemon(script: string): Promise<ProcessIdentity> {
  const process = await startDaemon({
    program: '/bin/sh',
    args: ['-c', script],
    cwd: folder,
    environment: { PATH: '/usr/bin:/bin', HOLDPOINT_LABEL: label },
    log: join(folder, 'logs', 'daemon.log'),
  });
  started.push(process);
  return process;
}

const log = () => readFile(join(folder, 'logs', 'daemon.log'), 'utf8');

describe('a daemon', () => {
  it('gets its environment whole and nothing of ours, and appends both streams to its log', async () => {
    const process = await daemon('pwd; env; echo problem >&2');
    expect(await waitForExit(process, 10_000)).toBe(true);
    const names = (await log()).split('\n').flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect(names.sort()).toEqual(['HOLDPOINT_LABEL', 'PATH', 'PWD']);
    expect(await log()).toContain('problem');
  });

  it('outlives the process that started it', async () => {
    const starter = `
      import { startDaemon } from ${JSON.stringify(new URL('./daemon.ts', import.meta.url).href)};
      await startDaemon({ program: 'sleep', args: ['60'], cwd: '/', log: ${JSON.stringify(join(folder, 'log'))},
        environment: { PATH: process.env.PATH, HOLDPOINT_LABEL: ${JSON.stringify(label)} } });`;
    const result = await run(
      { program: process.execPath, args: ['--input-type=module', '-e', starter] },
      { timeout: 20_000 },
    );
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const found = await findByEnvironment('HOLDPOINT_LABEL', label);
    started.push(...found);
    expect(found).toHaveLength(1);
  });

  it('says that its program was not found', async () => {
    const command = { program: 'no-such-program', args: [], cwd: folder, environment: {} };
    await expect(startDaemon({ ...command, log: join(folder, 'log') })).rejects.toMatchObject({
      code: 'command-failed',
      message: "the program 'no-such-program' was not found",
    });
  });
});

describe('a process identity', () => {
  it('is not alive, and gets no signal, when the number belongs to another process', async () => {
    const process = await daemon('sleep 60');
    const earlier = { pid: process.pid, startTicks: process.startTicks - 1 };
    expect(await isAlive(earlier)).toBe(false);
    expect(await signal(earlier, 'SIGKILL', { group: true })).toBe(false);
    expect(await isAlive(process)).toBe(true);
  });

  it('is dead after its end, and refuses further signals', async () => {
    const process = await daemon('exec sleep 60');
    expect(await signal(process, 'SIGTERM')).toBe(true);
    expect(await waitForExit(process, 10_000)).toBe(true);
    expect(await isAlive(process)).toBe(false);
    expect(await signal(process, 'SIGTERM')).toBe(false);
  });

  it('waits no longer than asked for, nor past an abort', async () => {
    const process = await daemon('exec sleep 60');
    expect(await waitForExit(process, 10)).toBe(false);
    const abort = AbortSignal.abort(new Error('enough'));
    await expect(waitForExit(process, 60_000, abort)).rejects.toThrow();
  });
});

describe('findByEnvironment', () => {
  it('finds a process and its children by the exact value', async () => {
    const process = await daemon('sleep 60 & wait');
    const found = await vi.waitFor(
      async () => {
        const all = await findByEnvironment('HOLDPOINT_LABEL', label);
        expect(all).toHaveLength(2);
        return all;
      },
      { timeout: 10_000 },
    );
    const child = found.find(({ pid }) => pid !== process.pid);
    expect(child?.parent).toBe(process.pid);
    expect(found[0]?.environment).toMatchObject({ HOLDPOINT_LABEL: label });
    expect(await findByEnvironment('HOLDPOINT_LABEL', label.slice(1))).toEqual([]);
  });

  it('does the same through ps, for systems without /proc', async () => {
    const process = await daemon('exec sleep 60');
    const found = await ps.findByEnvironment('HOLDPOINT_LABEL', label);
    expect(found.map(({ pid }) => pid)).toEqual([process.pid]);
    expect(await ps.identify(process.pid)).toEqual({
      pid: process.pid,
      startTicks: found[0]?.startTicks,
    });
    expect(await ps.identify(2 ** 30)).toBeUndefined();
  });
});

describe('reading the process table', () => {
  const fields = (state: string) => `42 (a) b (c) ${state} 7 ${'0 '.repeat(17)}12345 0 0`;

  it('survives names with brackets and spaces', () => {
    expect(parseStat(fields('S'))).toEqual({ parent: 7, startTicks: 12_345 });
  });

  it('counts a zombie as ended', () => {
    expect(parseStat(fields('Z'))).toBeUndefined();
    expect(parsePsLine('  42     7 Z Sun Nov 22 23:19:56 2026 [node] <defunct>')).toBeUndefined();
  });

  it('reads a line of ps with its environment', () => {
    const line = '  42     7 Ss   Sun Nov 22 23:19:56 2026 node a.mjs --x=1 PORT=4001 HOLDPOINT_TARGET=ab12';
    expect(parsePsLine(line)).toEqual({
      pid: 42,
      parent: 7,
      startTicks: Date.parse('Nov 22 2026 23:19:56') / 1_000,
      environment: { PORT: '4001', HOLDPOINT_TARGET: 'ab12' },
    });
  });

  it('knows its own process', async () => {
    expect(await identify(process.pid)).toMatchObject({ pid: process.pid });
  });
});
