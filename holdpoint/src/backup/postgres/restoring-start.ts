import { join } from 'node:path';
import { asHoldpointError, HoldpointError } from '../../kernel/errors.ts';
import { readTextIfAny } from '../../system/files.ts';
import { serverAccount } from '../../system/postgres/account.ts';
import type { Working } from '../../system/postgres/control.ts';
import type { Replacement } from './replacement.ts';
import { replaceOwned } from './restoring-files.ts';
import { howBefore } from './restoring-notes.ts';
import { holds, type Place } from './restoring-place.ts';
import { SETTINGS, withoutRecovery } from './restoring-recovery.ts';

export async function foundStarted({ place, run, digest, server }: Replacement): Promise<string | undefined> {
  if (!(await holds(place.data, run, digest))) return undefined;
  const working = await server.working(place.data);
  const settled = working?.ready === true && (await afterRecovery(place)) === undefined;
  return settled ? startedLine(working) : undefined;
}

/**
 * Starts the server on the restored data and waits until it accepts connections. Throws `conflict` before the swap,
 * `command-failed` and `timeout` with the last lines of its log and the way back to the data from before.
 */
export async function startOnRestored(replacement: Replacement, signal: AbortSignal): Promise<string> {
  const { place, run, digest, server } = replacement;
  if (!(await holds(place.data, run, digest))) {
    throw new HoldpointError('conflict', `${place.data} does not hold the restored backup yet`);
  }
  const how = await howBefore(replacement);
  try {
    const working = await server.start(place.data, how, signal);
    const settings = await afterRecovery(place);
    if (settings !== undefined) {
      await replaceOwned(join(place.data, SETTINGS), settings, await serverAccount(place.data));
    }
    return startedLine(working);
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, message, details } = asHoldpointError(thrown);
    const next = wayBack(place, await server.startWords(place.data, how));
    throw new HoldpointError(code, message, { cause: thrown, details, next });
  }
}

/** The settings of a server that has ended its recovery, or undefined when they are that already. */
async function afterRecovery({ data }: Place): Promise<string | undefined> {
  return withoutRecovery((await readTextIfAny(join(data, SETTINGS))) ?? '');
}

function startedLine({ words }: Working): string {
  return `the server runs on the restored data, ${words}`;
}

/** The commands by which a person puts the data back that was there before. */
function wayBack({ data, safety }: Place, start: readonly string[]): string {
  const commands = [['mv', data, `${data}.failed`], ['mv', safety, data], start];
  const line = commands.map((words) => words.map(quoted).join(' ')).join(' && ');
  return `Put the data back that was there before: ${line}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
