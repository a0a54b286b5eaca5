import { rename, rm } from 'node:fs/promises';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Variables } from '../../kernel/variables.ts';
import { startDaemon } from '../../system/exec/daemon.ts';
import { freePort } from '../../system/free-port.ts';
import type { RollingAction } from '../rolling/steps.ts';
import type { Launch, Revision } from '../target.ts';
import type { Context } from './context.ts';
import { type Label, labelVariables } from './labels.ts';
import { logFile } from './logs.ts';
import { memoryKills } from './memory-kills.ts';

/** All that a replica inherits: enough to find programs and write files, and no secret of ours. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'] as const;

const HOST = '127.0.0.1';

/** Starts one replica on a port of its own, with an empty log; the log of an earlier life is kept beside it. */
export async function launch(
  context: Context,
  { service: name, replica, revision }: RollingAction,
  taken: ReadonlySet<string>,
): Promise<Label> {
  const { program, args, environment } = commandOf(context, name);
  const address = `${HOST}:${await freePortBeside(taken)}`;
  const label: Label = { replica, service: name, revision, address, startedAt: context.clock.now() };
  const log = logFile(context.state, replica);
  await keepEarlier(log);
  const process = await startDaemon({
    program,
    args,
    cwd: context.releaseFolder(revision),
    environment: {
      ...environment,
      PORT: address.slice(HOST.length + 1),
      HOST,
      INSTANCE: replica,
      ...labelVariables(context.identity, label),
    },
    log,
  });
  const kills = await memoryKills(process.pid);
  await context.records.write({
    label,
    process,
    draining: false,
    ...(kills === undefined ? {} : { kills }),
  });
  return label;
}

/** How each service of a revision is started by hand, apart from its port and its labels. */
export function launchesOf(context: Context, revision: Revision): readonly Launch[] {
  return Object.entries(context.settings.services).map(([service, { ready, startWithin, routed }]) => ({
    service,
    ...commandOf(context, service),
    cwd: context.releaseFolder(revision),
    startWithin,
    routed,
    ...(ready === undefined ? {} : { ready }),
  }));
}

function commandOf(
  context: Context,
  name: string,
): Pick<Launch, 'args' | 'program'> & { readonly environment: Record<string, string> } {
  const service = context.service(name);
  const [program, ...args] = service.command.map(context.fill);
  if (program === undefined) throw new HoldpointError('internal', `the service '${name}' has no command`);
  const declared = Object.entries(service.environment).map(([key, value]) => [key, context.fill(value)]);
  return {
    program,
    args,
    environment: { ...inherited(context.variables), ...Object.fromEntries(declared) },
  };
}

function inherited(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = variables[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

async function keepEarlier(log: string): Promise<void> {
  const earlier = log.replace(/\.log$/, '.earlier.log');
  await rename(log, earlier).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    await rm(earlier, { force: true });
  });
}

/**
 * A port that nobody listens on now. Another process may take it before the replica does; waiting for readiness finds
 * that out and starts the replica again elsewhere.
 */
async function freePortBeside(taken: ReadonlySet<string>): Promise<number> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const port = await freePort();
    // A dead replica's address may still be listed at the edge: reusing it would route the new one too early.
    if (!taken.has(`${HOST}:${port}`)) return port;
  }
  throw new HoldpointError('internal', 'no free port was found', {
    next: 'See what holds the ports of this machine, then resume.',
  });
}
