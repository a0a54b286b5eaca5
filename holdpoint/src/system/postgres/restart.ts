import { access, constants, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Command, Exec } from '../exec/command.ts';
import { type Account, serverAccount } from './account.ts';
import { binariesFor } from './binaries.ts';
import { directoryApart, type HowItRan, optionsWithPort } from './how-it-ran.ts';
import { isMisleading, type Postmaster, runningServer } from './postmaster.ts';
import { type Binaries, binariesBelow } from './programs.ts';
import { lastLines, makeLogFolder, serverLog } from './server-log.ts';

/** Programs that lie beside the one that ran, or others of its major version. Throws `not-found`. */
export async function binariesBeside(program: string | undefined, major: number): Promise<Binaries> {
  const beside = program === undefined ? undefined : binariesBelow(dirname(dirname(program)), major);
  if (beside !== undefined && beside.postgres === program && (await isRunnable(beside.pgCtl))) return beside;
  return binariesFor(major, program);
}

export interface Again {
  readonly data: string;
  readonly how: HowItRan;
  readonly binaries: Binaries;
  /** Milliseconds until it must accept connections, recovery included. */
  readonly within: number;
  /** Starts it, where something else than pg_ctl must. */
  readonly command?: Command | undefined;
}

/** Pure: where nothing else was configured, `pg_ctl` starts the server as it ran before. */
export function againCommand({ data, how, binaries, within }: Again, log: string, user?: Account): Command {
  const { folder = data, rest } = directoryApart(optionsWithPort(how));
  const seconds = String(Math.max(1, Math.ceil(within / 1_000)));
  const args = ['start', '--silent', '--wait', `--timeout=${seconds}`, `--pgdata=${folder}`, `--log=${log}`];
  return {
    program: binaries.pgCtl,
    args: rest === '' ? args : [...args, `--options=${rest}`],
    cwd: '/',
    ...(user === undefined ? {} : { user }),
  };
}

/**
 * Starts a server as it ran before, or waits for the one that starts already. It outlives us.
 * Throws `command-failed` with the last lines of its log when it dies, `timeout` when it is not ready in time.
 */
export async function startAgain(again: Again, exec: Exec, signal?: AbortSignal): Promise<Postmaster> {
  const { data, within } = again;
  const account = await serverAccount(data);
  const log = await usableLog(again, account);
  const deadline = performance.now() + within;
  const before = (await stat(log).catch(() => undefined))?.size ?? 0;
  for (let begun = false; ; ) {
    signal?.throwIfAborted();
    const running = await runningServer(data);
    if (running?.ready === true) return running;
    const left = deadline - performance.now();
    if (left <= 0) throw notStarted('timeout', await said(data, log, before));
    if (running === undefined && !begun) {
      // A configured command may return while the server still starts: it is given once, then waited for.
      begun = again.command !== undefined;
      if (await isMisleading(data)) await rm(join(data, 'postmaster.pid'), { force: true });
      const command = again.command ?? againCommand({ ...again, within: left }, log, account);
      const result = await exec(command, { timeout: left, ...(signal && { signal }) });
      if (result.exitCode === 0 || (await runningServer(data)) !== undefined) continue;
      const words = [...(await said(data, log, before)), ...result.stderr.trim().split('\n')];
      // A killed server's children need a moment to follow it.
      if (
        !/pre-existing shared memory block .*still in use|lock file ".*" already exists/is.test(
          words.join('\n'),
        )
      ) {
        throw notStarted('command-failed', words);
      }
      begun = false;
    }
    await delay(20);
  }
}

/** What the server said since: also in the folder of its own collector of logs, which stderr only points to. */
async function said(data: string, log: string, from: number): Promise<readonly string[]> {
  const folder = join(data, 'log');
  const newest: { at: number; path: string }[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const at = (await stat(path).catch(() => undefined))?.mtimeMs;
    if (at !== undefined && path !== log) newest.push({ at, path });
  }
  const collected = newest.sort((a, b) => b.at - a.at)[0]?.path;
  const own = await lastLines(log, from);
  return collected === undefined ? own : [...own, ...(await lastLines(collected, 0))];
}

function notStarted(code: 'timeout' | 'command-failed', details: readonly string[]): HoldpointError {
  return new HoldpointError(code, 'the PostgreSQL server did not start', {
    details: details.filter((line) => line !== ''),
  });
}

async function usableLog({ data, how }: Again, account: Account | undefined): Promise<string> {
  await makeLogFolder(data, account);
  const { log } = how;
  const usual = serverLog(data);
  if (log === undefined || log === usual) return usual;
  const found = await stat(log).catch(() => undefined);
  if (found?.isFile() !== true) return usual;
  if (account === undefined) return (await isWritable(log)) ? log : usual;
  return found.uid === account.uid && (found.mode & 0o200) !== 0 ? log : usual;
}

async function isRunnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
