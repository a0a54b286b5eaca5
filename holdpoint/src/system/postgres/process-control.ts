import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Json } from '../../kernel/canonical.ts';
import { asHoldpointError, HoldpointError } from '../../kernel/errors.ts';
import type { Command, Exec } from '../exec/command.ts';
import { serverAccount } from './account.ts';
import type { ServerControl, Working } from './control.ts';
import { type HowItRan, howItRan, keptByService } from './how-it-ran.ts';
import { type Postmaster, runningServer } from './postmaster.ts';
import { type Again, againCommand, binariesBeside, startAgain } from './restart.ts';
import { stopServer } from './server.ts';
import { serverLog } from './server-log.ts';

const STOP_WITHIN = 60_000;
const START_WITHIN = 600_000;
const END_WITHIN = 10_000;

/** How the server is stopped and started, where pg_ctl must not; `folder` is where the commands run. */
export interface RestoreCommands {
  readonly stop?: readonly string[] | undefined;
  readonly start?: readonly string[] | undefined;
  readonly folder: string;
}

export interface ProcessControlOptions {
  readonly url: string;
  /** Absolute. */
  readonly data: string;
  readonly exec: Exec;
  readonly commands?: RestoreCommands | undefined;
}

const howSchema = z.object({
  program: z.string(),
  options: z.string(),
  port: z.int().optional(),
  log: z.string().optional(),
});

/** A server that is a process of this machine. */
export function processControl(options: ProcessControlOptions): ServerControl {
  const { url, exec, commands = { folder: '/' } } = options;
  return {
    declared: url,
    url: async () => url,
    data: async () => options.data,
    here: (folder) => realpath(folder).catch(() => folder),
    working: async (data) => asWorking(await runningServer(data)),
    isWith: async (data, { port }) => (await runningServer(data))?.port === port,

    async assertOurs(data) {
      if (commands.stop !== undefined && commands.start !== undefined) return;
      // Behind its back, a server that something keeps would be taken for failed, or be started again too early.
      const service = await keptByService(data);
      if (service === undefined) return;
      throw new HoldpointError('configuration', `the server of ${data} is kept by ${service}`, {
        next: `Set database.restore.stop to [systemctl, stop, ${service}], and start alike.`,
      });
    },

    async how(data) {
      const how = await howItRan(data);
      return how === undefined ? undefined : (JSON.parse(JSON.stringify(how)) as Json);
    },

    async stop(data, how, signal) {
      if (commands.stop !== undefined) return stopByCommand(options, data, commands.stop, signal);
      const binaries = await binariesBeside(readHow(how)?.program, await majorOf(data));
      await stopServer(binaries, data, STOP_WITHIN, exec);
      return `stopped the server of ${data}`;
    },

    async start(data, how, signal) {
      const again = await againOf(options, data, how);
      try {
        return asWorking(await startAgain(again, exec, signal));
      } catch (thrown) {
        signal.throwIfAborted();
        // Nothing half-started may hold the port, or the files that a person puts back.
        await stopServer(again.binaries, data, END_WITHIN, exec).catch(() => undefined);
        throw asHoldpointError(thrown);
      }
    },

    async startWords(data, how) {
      const again = await againOf(options, data, how);
      const command = again.command ?? againCommand(again, serverLog(data), await serverAccount(data));
      return asWords(command);
    },
  };
}

function asWorking(running: Postmaster): Working;
function asWorking(running: Postmaster | undefined): Working | undefined;
function asWorking(running: Postmaster | undefined): Working | undefined {
  if (running === undefined) return undefined;
  return { words: `as process ${running.pid} on port ${running.port}`, ready: running.ready };
}

const readHow = (how: Json | undefined): HowItRan | undefined =>
  how === undefined ? undefined : howSchema.parse(how);

async function majorOf(data: string): Promise<number> {
  return Number.parseInt(await readFile(join(data, 'PG_VERSION'), 'utf8'), 10);
}

async function againOf(
  { commands }: ProcessControlOptions,
  data: string,
  noted: Json | undefined,
): Promise<Again> {
  const ran = readHow(noted);
  const binaries = await binariesBeside(ran?.program, await majorOf(data));
  const how = ran ?? { program: binaries.postgres, options: '' };
  const command = commands?.start && commandOf(commands.start, commands.folder);
  return { data, how, binaries, within: START_WITHIN, command };
}

async function stopByCommand(
  { commands, exec }: ProcessControlOptions,
  data: string,
  stop: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const deadline = performance.now() + STOP_WITHIN;
  const result = await exec(commandOf(stop, commands?.folder ?? '/'), { timeout: STOP_WITHIN, signal });
  while ((await runningServer(data)) !== undefined) {
    if (result.exitCode !== 0 || performance.now() > deadline) {
      throw new HoldpointError('command-failed', `'${stop.join(' ')}' did not stop the server`, {
        details: `${result.stdout}\n${result.stderr}`.split('\n').filter((line) => line !== ''),
        next: 'Correct database.restore.stop: it must stop the server that works on database.data.',
      });
    }
    signal.throwIfAborted();
    await delay(20);
  }
  return `stopped the server of ${data} by '${stop.join(' ')}'`;
}

/** Words of a specification as a command, which runs as ourselves. */
function commandOf(words: readonly string[], folder: string): Command {
  const [program = '', ...args] = words;
  return { program, args, cwd: folder };
}

function asWords({ program, args, user }: Command): readonly string[] {
  const as =
    user === undefined ? [] : ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return [...as, program, ...args];
}
