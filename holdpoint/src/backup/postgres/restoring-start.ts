import { join } from 'node:path';
import { asHoldpointError, HoldpointError } from '../../kernel/errors.ts';
import type { Command } from '../../system/exec/command.ts';
import { readTextIfAny } from '../../system/files.ts';
import { serverAccount } from '../../system/postgres/account.ts';
import { type Postmaster, runningServer } from '../../system/postgres/postmaster.ts';
import { againCommand, binariesBeside, startAgain } from '../../system/postgres/restart.ts';
import { stopServer } from '../../system/postgres/server.ts';
import { serverLog } from '../../system/postgres/server-log.ts';
import type { Replacement } from './replacement.ts';
import { replaceOwned } from './restoring-files.ts';
import { commandOf, howBefore } from './restoring-notes.ts';
import { holds, type Place } from './restoring-place.ts';
import { SETTINGS, withoutRecovery } from './restoring-recovery.ts';

const START_WITHIN = 600_000;
const STOP_WITHIN = 10_000;

export async function foundStarted({ place, run, digest }: Replacement): Promise<string | undefined> {
  if (!(await holds(place.data, run, digest))) return undefined;
  const running = await runningServer(place.data);
  const settled = running?.ready === true && (await afterRecovery(place)) === undefined;
  return settled ? startedLine(running) : undefined;
}

/**
 * Starts the server on the restored data and waits until it accepts connections. Throws `conflict` before the swap,
 * `command-failed` and `timeout` with the last lines of its log and the way back to the data from before.
 */
export async function startOnRestored(replacement: Replacement, signal: AbortSignal): Promise<string> {
  const { place, run, digest, commands, exec, major } = replacement;
  if (!(await holds(place.data, run, digest))) {
    throw new HoldpointError('conflict', `${place.data} does not hold the restored backup yet`);
  }
  const ran = await howBefore(place);
  const binaries = await binariesBeside(ran?.program, major);
  const command = commands.start && commandOf(commands.start, commands.folder);
  const how = ran ?? { program: binaries.postgres, options: '' };
  const again = { data: place.data, how, binaries, within: START_WITHIN, command };
  try {
    const running = await startAgain(again, exec, signal);
    const settings = await afterRecovery(place);
    if (settings !== undefined) {
      await replaceOwned(join(place.data, SETTINGS), settings, await serverAccount(place.data));
    }
    return startedLine(running);
  } catch (thrown) {
    signal.throwIfAborted();
    // Nothing half-started may hold the port, or the files that a person puts back.
    await stopServer(binaries, place.data, STOP_WITHIN, exec).catch(() => undefined);
    const { code, message, details } = asHoldpointError(thrown);
    const account = await serverAccount(place.data);
    const start = command ?? againCommand(again, serverLog(place.data), account);
    throw new HoldpointError(code, message, { cause: thrown, details, next: wayBack(place, start) });
  }
}

/** The settings of a server that has ended its recovery, or undefined when they are that already. */
async function afterRecovery({ data }: Place): Promise<string | undefined> {
  return withoutRecovery((await readTextIfAny(join(data, SETTINGS))) ?? '');
}

function startedLine({ pid, port }: Postmaster): string {
  return `the server runs on the restored data, as process ${pid} on port ${port}`;
}

/** The commands by which a person puts the data back that was there before. */
function wayBack({ data, safety }: Place, { program, args, user }: Command): string {
  const as =
    user === undefined ? [] : ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  const commands = [
    ['mv', data, `${data}.failed`],
    ['mv', safety, data],
    [...as, program, ...args],
  ];
  const line = commands.map((words) => words.map(quoted).join(' ')).join(' && ');
  return `Put the data back that was there before: ${line}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
