import { HoldpointError } from '../kernel/errors.ts';
import { containerLogs, stopContainer } from '../system/docker/commands.ts';
import { dockerThrough } from '../system/docker/docker.ts';
import { joinedLog } from '../system/docker/logs.ts';
import { endMarked, MARK, MARKED } from '../system/docker/marked.ts';
import type { Command, Exec } from '../system/exec/command.ts';
import type { Apart, StandIn } from '../targets/target.ts';
import { type ApartNetwork, makeNetwork, redirecting, seenFrom, TRIAL } from './apart.ts';
import type { Place, Placed, Started } from './place.ts';
import { loginOf } from './trial-connection.ts';
import type { TrialDatabases } from './trial-environment.ts';
import { secretsIn } from './trial-secrets.ts';

export interface ContainerPlaceOptions {
  readonly exec: Exec;
  readonly standIns: readonly StandIn[];
  readonly databases: TrialDatabases;
  /** Variables that differ from the declared ones. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const START_WITHIN = 300_000;
const STOP_WITHIN = 60_000;
const KEPT_LINES = 200;
/** Whole seconds that services get to end by themselves. */
const GRACE = 2;

/**
 * A version as containers on a network of their own, without a way out, where they know each other by the names that
 * they have in production. Throws `configuration`, before any of them is made, when one would be led to production.
 */
export async function openContainerPlace(options: ContainerPlaceOptions): Promise<Place> {
  const { exec, standIns, signal } = options;
  signal.throwIfAborted();
  const network = await makeNetwork(exec, loginOf(options.databases.scratch).port);
  const names: string[] = [];
  const close = async (): Promise<void> => {
    // Their order does not matter any more, and one that has ended already is no failure.
    const options = { timeout: STOP_WITHIN };
    await Promise.all(names.map((name) => exec(stopContainer(name, GRACE), options).catch(() => undefined)));
    try {
      // By their mark, since a program that was cut off may have made one that it did not tell of.
      await endMarked(exec, network.mark);
    } finally {
      await network.remove();
    }
  };
  try {
    const services: Placed[] = [];
    for (const standIn of standIns) services.push(await place(standIn, network, names, options));
    return { cutOff: true, services, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function place(
  standIn: StandIn,
  network: ApartNetwork,
  names: string[],
  { exec, databases, environment: overlay, signal }: ContainerPlaceOptions,
): Promise<Placed> {
  const { service, ready, startWithin, routed } = standIn;
  const { production } = databases;
  const scratch = seenFrom(network, databases.scratch);
  const { apart, secrets } = noting(redirecting(network.network, { production, scratch }, overlay), network);
  const name = `${network.network}-${service}`;
  const made = await standIn.start(name, apart);
  return {
    ...{ service, startWithin, routed, ...(ready === undefined ? {} : { ready }) },
    secrets: [...new Set([...secrets, ...secretsIn({ production, scratch })])],
    async start() {
      names.push(name);
      await perform(exec, marked(made, network.mark), service, signal);
      return started(exec, standIn, name, network.network);
    },
  };
}

/** The same, that remembers what must not be shown, and marks the container as ours. */
function noting(
  given: Apart,
  { mark }: ApartNetwork,
): { readonly apart: Apart; readonly secrets: readonly string[] } {
  const secrets: string[] = [];
  const noted = (texts: Readonly<Record<string, string>>): typeof texts => {
    secrets.push(...secretsIn(texts));
    return texts;
  };
  return {
    secrets,
    apart: {
      network: given.network,
      environment: (filled) => ({ ...noted(given.environment(filled)), [MARK]: mark }),
      file(name, text) {
        const changed = given.file(name, text);
        noted({ [name]: changed.trim() });
        return changed;
      },
    },
  };
}

/** The program that makes a container stays behind a killed process, as the container does. */
const marked = (command: Command, mark: string): Command => ({
  ...command,
  environment: { ...command.environment, [MARK]: mark, [MARKED]: TRIAL },
});

async function perform(exec: Exec, command: Command, service: string, signal: AbortSignal): Promise<void> {
  const result = await exec(command, { timeout: START_WITHIN, signal });
  signal.throwIfAborted();
  if (result.exitCode === 0) return;
  const said = result.stderr.trim().split('\n').slice(-5);
  throw new HoldpointError('command-failed', said.at(-1) || `no container of ${service} was made`, {
    details: said,
  });
}

function started(exec: Exec, { service, port }: StandIn, name: string, network: string): Started {
  const docker = dockerThrough(exec);
  const running = async (): ReturnType<typeof docker.container> => {
    const found = await docker.container(name);
    return found?.status === 'running' ? found : undefined;
  };
  return {
    async reach() {
      if (port === undefined) {
        throw new HoldpointError('configuration', `no port of '${service}' is declared`, {
          next: `Name under 'target' the port that ${service} answers at, or take the service out of database.rehearsal.`,
        });
      }
      const found = await running();
      // Nobody answers there, as nobody does at the address of a process that has died.
      return `http://${found?.addresses[network] || '127.0.0.1'}:${found === undefined ? 1 : port}`;
    },
    alive: async () => (await running()) !== undefined,
    async healthy() {
      const found = await running();
      return found?.health === 'none' ? undefined : found?.health === 'healthy';
    },
    async log() {
      const { stdout, stderr } = await exec(containerLogs(name, KEPT_LINES), { timeout: STOP_WITHIN });
      return joinedLog(stdout, stderr, KEPT_LINES).join('\n');
    },
  };
}
