import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HoldpointError } from '../../kernel/errors.ts';
import { launchError } from './launch-error.ts';
import { identify } from './processes.ts';
import { run } from './run.ts';

const SECONDS = 20_000;
const node = (script: string) => ({ program: process.execPath, args: ['-e', script] });
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-run-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Starts a grandchild that ignores SIGTERM, writes its number to `pid`, then waits for ever. */
const stubborn = () => ({
  program: 'sh',
  args: ['-c', `sh -c 'trap "" TERM; echo $$ >"${folder}/pid"; while :; do sleep 1; done' & wait`],
});

async function grandchild(): Promise<number> {
  return vi.waitFor(
    async () => {
      const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
      expect(pid).toBeGreaterThan(1);
      return pid;
    },
    { timeout: SECONDS },
  );
}

const gone = (pid: number) =>
  vi.waitFor(async () => expect(await identify(pid)).toBeUndefined(), { timeout: SECONDS });

async function complaint(promise: Promise<unknown>): Promise<HoldpointError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof HoldpointError) return error;
  throw new Error(`expected an error of ours, got ${String(error)}`);
}

describe('run', () => {
  it('hands over exit status and both streams; a status other than 0 is a result', async () => {
    const result = await run(node("console.log('out'); console.error('err'); process.exit(3)"), {
      timeout: SECONDS,
    });
    expect(result).toMatchObject({ exitCode: 3, stdout: 'out\n', stderr: 'err\n', timedOut: false });
    expect(result.signal).toBeUndefined();
  });

  it('names the signal that ended the command', async () => {
    const result = await run({ program: 'sh', args: ['-c', 'kill -KILL $$'] }, { timeout: SECONDS });
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGKILL', timedOut: false });
  });

  it('feeds standard input, and adds to the environment', async () => {
    const command = { program: 'sh', args: ['-c', 'cat; printf "%s" "$WORD"'], input: 'grüße ' };
    const result = await run({ ...command, environment: { WORD: 'here' } }, { timeout: SECONDS });
    expect(result.stdout).toBe('grüße here');
  });

  it('does not fail when a command ends without reading its input', async () => {
    const result = await run({ program: 'true', args: [], input: 'x'.repeat(1e6) }, { timeout: SECONDS });
    expect(result.exitCode).toBe(0);
  });

  it('runs in the folder asked for', async () => {
    const result = await run({ program: 'pwd', args: ['-P'], cwd: folder }, { timeout: SECONDS });
    expect(result.stdout.trim().endsWith(folder.slice(folder.lastIndexOf('/')))).toBe(true);
  });

  it('keeps the last 64 KiB and no broken character', async () => {
    const { stdout } = await run(node("process.stdout.write('ü'.repeat(200000) + 'end')"), {
      timeout: SECONDS,
    });
    expect(stdout).toMatch(/^ü+end$/);
    expect(Buffer.byteLength(stdout)).toBeGreaterThan(64 * 1024 - 4);
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(64 * 1024);
  });

  it('kills the whole tree on a timeout, also what ignores SIGTERM', async () => {
    const running = run(stubborn(), { timeout: 700 });
    const pid = await grandchild();
    expect(await running).toMatchObject({ timedOut: true, exitCode: null });
    await gone(pid);
  });

  it('kills the whole tree on an abort, then throws its reason', async () => {
    const abort = new AbortController();
    const running = run(stubborn(), { timeout: SECONDS, signal: abort.signal });
    const caught = running.catch((error: unknown) => error);
    const pid = await grandchild();
    abort.abort(new HoldpointError('cancelled', 'enough'));
    expect(await caught).toMatchObject({ code: 'cancelled', message: 'enough' });
    await gone(pid);
  });

  it('starts nothing when it was aborted before', async () => {
    await expect(
      run({ program: 'true', args: [] }, { timeout: SECONDS, signal: AbortSignal.abort() }),
    ).rejects.toThrow();
  });

  it('does not wait for a child that was left in the background and holds the pipe', async () => {
    const command = { program: 'sh', args: ['-c', `sleep 15 & echo $! >"${folder}/pid"; echo done`] };
    const result = await run(command, { timeout: SECONDS });
    expect(result).toMatchObject({ exitCode: 0, stdout: 'done\n', timedOut: false });
    expect(result.milliseconds).toBeLessThan(10_000);
    process.kill(await grandchild(), 'SIGKILL');
  });

  it('says which program was not found and what to do', async () => {
    const error = await complaint(run({ program: 'no-such-program', args: [] }, { timeout: SECONDS }));
    expect(error).toMatchObject({
      code: 'command-failed',
      message: "the program 'no-such-program' was not found",
    });
    expect(error.next).toContain('PATH');
  });

  it('does not take a closed folder on the search path for a program that may not be run', () => {
    const denied = Object.assign(new Error('spawn EACCES'), { code: 'EACCES' });
    const message = (program: string) => launchError(program, undefined, denied, '/usr/bin:/bin').message;
    expect(message('no-such-program')).toContain('was not found');
    expect(message('sh')).toContain('may not be run');
    expect(message('/no/such/program')).toContain('may not be run');
  });

  it('does not blame the program for a missing folder', async () => {
    const cwd = join(folder, 'missing');
    const error = await complaint(run({ program: 'true', args: [], cwd }, { timeout: SECONDS }));
    expect(error.message).toContain(`no folder ${cwd}`);
  });

  it('says when a file may not be run', async () => {
    const error = await complaint(run({ program: folder, args: [] }, { timeout: SECONDS }));
    expect(error.message).toContain('may not be run');
  });

  it.runIf(process.getuid?.() === 0)('runs as another user where the caller may', async () => {
    const command = { program: 'id', args: ['-u'], cwd: '/', user: { uid: 65_534, gid: 65_534 } };
    expect((await run(command, { timeout: SECONDS })).stdout.trim()).toBe('65534');
  });
});
