import { realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Exec } from '../exec/command.ts';
import { writeAtomically } from '../files.ts';
import { freePort } from '../free-port.ts';
import { assertReachable, serverAccount } from './account.ts';
import { OWN_SETTINGS } from './cluster.ts';
import { ownSettings, type Start, startCommand, stopCommand } from './commands.ts';
import { isMisleading, runningServer } from './postmaster.ts';
import type { Binaries } from './programs.ts';
import { lastLines, makeLogFolder, serverLog } from './server-log.ts';

export interface Server {
  readonly pid: number;
  readonly data: string;
  readonly port: number;
  /** True when it ran already, with the settings that it was started with. */
  readonly adopted: boolean;
  readonly log: string;
}

/**
 * Starts the server of a data directory on the loopback address, or adopts the one that runs there. It outlives us.
 * Throws `command-failed` with the last lines of the server's log when it dies, `timeout` when it is not ready.
 */
export async function startServer(binaries: Binaries, start: Start, exec: Exec): Promise<Server> {
  const data = await realpath(start.data);
  const account = await serverAccount(data);
  if (account !== undefined) await assertReachable(data, account);
  const log = serverLog(data);
  await makeLogFolder(data, account);
  const deadline = performance.now() + start.within;
  for (;;) {
    const running = await runningServer(data);
    if (running?.ready === true) return { pid: running.pid, data, port: running.port, adopted: true, log };
    const left = deadline - performance.now();
    if (left <= 0) throw notStarted('timeout', log, await lastLines(log, 0));
    if (running !== undefined) {
      await delay(50);
      continue;
    }
    if (await isMisleading(data)) await rm(join(data, 'postmaster.pid'), { force: true });
    const before = (await stat(log).catch(() => undefined))?.size ?? 0;
    const port = start.port ?? (await freePort());
    await writeAtomically(join(data, OWN_SETTINGS), ownSettings(port, start), 0o644);
    const command = startCommand(binaries, { ...start, data, within: left }, log, account);
    const result = await exec(command, { timeout: left + 5_000 });
    const started = await runningServer(data);
    if (result.exitCode === 0 && started?.ready === true) {
      return { pid: started.pid, data, port: started.port, adopted: false, log };
    }
    if (started !== undefined) continue;
    const said = await lastLines(log, before);
    if (!isPassing(said.join('\n'), start)) {
      // When not even pg_ctl could work, the log is silent and its own words are all there is.
      throw notStarted('command-failed', log, said.length > 0 ? said : result.stderr.trim().split('\n'));
    }
    await delay(100);
  }
}

/** A free port can be taken before the server has it, and a killed server's children need a moment to follow it. */
function isPassing(said: string, start: Start): boolean {
  const taken = start.port === undefined && /could not bind .*in use/is.test(said);
  return (
    taken || /pre-existing shared memory block .*still in use|lock file ".*" already exists/is.test(said)
  );
}

/**
 * Stops the server of a data directory: without waiting for its clients, and after `within` milliseconds also without
 * waiting for the disk, which the next start makes good from the WAL. False when none ran. Throws `timeout`.
 */
export async function stopServer(
  binaries: Binaries,
  data: string,
  within: number,
  exec: Exec,
): Promise<boolean> {
  if ((await runningServer(data)) === undefined) return false;
  const account = await serverAccount(data);
  for (const mode of ['fast', 'immediate'] as const) {
    const command = stopCommand(binaries, data, mode, within, account);
    await exec(command, { timeout: within + 5_000 });
    if ((await runningServer(data)) === undefined) return true;
  }
  throw new HoldpointError('timeout', `the server of ${data} does not stop`, {
    details: await lastLines(serverLog(data), 0),
  });
}

function notStarted(
  code: 'timeout' | 'command-failed',
  log: string,
  details: readonly string[],
): HoldpointError {
  return new HoldpointError(code, 'the PostgreSQL server did not start', { details, next: `Read ${log}.` });
}
