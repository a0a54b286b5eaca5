import { setTimeout as delay } from 'node:timers/promises';
import { HoldpointError } from '../../kernel/errors.ts';
import { runningServer } from '../../system/postgres/postmaster.ts';
import { binariesBeside } from '../../system/postgres/restart.ts';
import { stopServer } from '../../system/postgres/server.ts';
import type { Replacement } from './replacement.ts';
import { commandOf, howBefore, keepNotes } from './restoring-notes.ts';
import { exists, holds } from './restoring-place.ts';

const STOP_WITHIN = 60_000;

export async function foundStopped({ place, run, digest }: Replacement): Promise<string | undefined> {
  if (await holds(place.data, run, digest)) return 'the server was stopped for its data to be replaced';
  if ((await runningServer(place.data)) !== undefined) return undefined;
  // Between two renames there is no data directory that a server could work on.
  const noted = (await exists(place.notes)) || !(await exists(place.data));
  return noted ? `no server runs on ${place.data}` : undefined;
}

/** Writes down how the server runs, then stops it. Throws `timeout`, `command-failed`. */
export async function stopForReplacement(replacement: Replacement, signal: AbortSignal): Promise<string> {
  const found = await foundStopped(replacement);
  if (found !== undefined) return found;
  const { place, commands, exec, major } = replacement;
  const running = await runningServer(place.data);
  await keepNotes(place, running !== undefined);
  if (running === undefined) return `no server ran on ${place.data}`;
  if (commands.stop !== undefined) return stopByCommand(replacement, commands.stop, signal);
  const binaries = await binariesBeside((await howBefore(place))?.program, major);
  await stopServer(binaries, place.data, STOP_WITHIN, exec);
  return `stopped the server of ${place.data}`;
}

async function stopByCommand(
  { place, commands, exec }: Replacement,
  stop: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const deadline = performance.now() + STOP_WITHIN;
  const result = await exec(commandOf(stop, commands.folder), { timeout: STOP_WITHIN, signal });
  while ((await runningServer(place.data)) !== undefined) {
    if (result.exitCode !== 0 || performance.now() > deadline) {
      throw new HoldpointError('command-failed', `'${stop.join(' ')}' did not stop the server`, {
        details: `${result.stdout}\n${result.stderr}`.split('\n').filter((line) => line !== ''),
        next: 'Correct database.restore.stop: it must stop the server that works on database.data.',
      });
    }
    signal.throwIfAborted();
    await delay(20);
  }
  return `stopped the server of ${place.data} by '${stop.join(' ')}'`;
}
