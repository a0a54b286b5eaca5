import { lstat, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { asHoldpointError, HoldpointError } from '../../kernel/errors.ts';
import { redact } from '../../kernel/redaction.ts';
import { containerLogs, startContainer, stopContainer } from '../docker/commands.ts';
import { addressFromHere } from '../docker/container-address.ts';
import { type Docker, dockerThrough } from '../docker/docker.ts';
import type { ContainerFacts } from '../docker/facts.ts';
import { joinedLog } from '../docker/logs.ts';
import type { Command, Exec } from '../exec/command.ts';
import { readTextIfAny } from '../files.ts';
import { covers, dataInside, inspectStart, outsideOf } from './container-folders.ts';
import { type ContainerReference, declaredContainer } from './container-reference.ts';
import type { ServerControl, Working } from './control.ts';
import { parsePostmaster, runningServer } from './postmaster.ts';

/** Seconds until the engine kills it. */
const STOP_WITHIN = 60;
const START_WITHIN = 600_000;
const ENGINE_WITHIN = 120_000;
const LAST_LINES = 20;

export interface ContainerControlOptions {
  /** As the containers write it: its host may be the name of the service. */
  readonly url: string;
  readonly container: ContainerReference;
  /** Absolute folder of this machine; found by the container's mounts when left out. */
  readonly data?: string | undefined;
  readonly exec: Exec;
}

/** A server in a container of this machine's Docker Engine. */
export function containerControl(options: ContainerControlOptions): ServerControl {
  const docker = dockerThrough(options.exec);
  const find = (signal?: AbortSignal): Promise<ContainerFacts> =>
    declaredContainer(docker, options.container, signal);

  /** Between its removal and its making there is none, and that is no error where only a look is taken. */
  const found = (): Promise<ContainerFacts | undefined> =>
    find().catch((error: unknown) => {
      if (error instanceof HoldpointError && error.code === 'not-found') return undefined;
      throw error;
    });

  async function here(container: ContainerFacts, folder: string): Promise<string | undefined> {
    const found = outsideOf(container.mounts, folder);
    return found === undefined ? undefined : realpath(found).catch(() => found);
  }

  async function dataOf(container: ContainerFacts, signal?: AbortSignal): Promise<string> {
    const { stdout } = await docker.perform(inspectStart(container.id), {
      what: `inspect ${container.name}`,
      timeout: ENGINE_WITHIN,
      signal,
    });
    const inside = dataInside(stdout);
    const folder = outsideOf(container.mounts, inside);
    if (folder !== undefined) return folder;
    throw new HoldpointError(
      'configuration',
      `the data of ${container.name} lies in the container's own layer, and would go with it`,
      {
        details: [`data directory: ${inside}`],
        next: 'Mount a volume there, or tell the data directory of this machine in database.data.',
      },
    );
  }

  return {
    declared: options.url,

    async url(signal) {
      return addressFromHere(options.url, await find(signal));
    },

    async data(signal) {
      const data = options.data ?? (await dataOf(await find(signal), signal));
      await assertHere(data);
      return data;
    },

    here: async (folder) => here(await find(), folder),
    working: async (data) => workingOn(docker, data, (await found())?.id),

    async isWith(data, { address, port }) {
      const container = await find();
      const inside = await containersOn(docker, data, container.id);
      if (!inside.some(({ id }) => id === container.id)) return false;
      if (Object.values(container.addresses).includes(address ?? '')) return true;
      const told = parsePostmaster((await readTextIfAny(join(data, 'postmaster.pid'))) ?? '');
      return container.onHostNetwork && told?.port === port;
    },

    async assertOurs(data) {
      const { id } = await find();
      const others = (await containersOn(docker, data, id)).filter((one) => one.id !== id);
      if (others.length === 0) return;
      throw new HoldpointError('configuration', `other containers write to ${data} as well`, {
        details: others.map(({ name }) => name),
        next: 'Stop them, or mount it read-only there: its files will be moved while the server is stopped.',
      });
    },

    async how() {
      const { name } = await find();
      return { container: name };
    },

    async stop(data, _how, signal) {
      const container = await find(signal);
      const { id, name } = container;
      // By SIGTERM alone, which is what a container gets when its image says nothing, the server waits for its clients.
      if (container.status === 'running')
        await options.exec(interrupt(id), { timeout: ENGINE_WITHIN, signal });
      await docker.perform(stopContainer(id, STOP_WITHIN), {
        what: `stop ${name}`,
        timeout: ENGINE_WITHIN,
        signal,
      });
      const left = await workingOn(docker, data, id);
      if (left === undefined) return `stopped the container ${name}`;
      throw new HoldpointError('conflict', `a server still works on ${data}, ${left.words}`, {
        next: 'Stop what started it, and go on.',
      });
    },

    async start(data, _how, signal) {
      const container = await find(signal);
      const { id, name } = container;
      try {
        await docker.perform(startContainer(id), { what: `start ${name}`, timeout: ENGINE_WITHIN, signal });
        return await awaitReady(docker, { id, name, data, signal });
      } catch (thrown) {
        signal.throwIfAborted();
        const said = await lastWords(options.exec, id);
        // Nothing half-started may write to the files that a person puts back.
        await options.exec(stopContainer(id, STOP_WITHIN), { timeout: ENGINE_WITHIN }).catch(() => undefined);
        const { code, message, details } = asHoldpointError(thrown);
        throw new HoldpointError(code, message, { cause: thrown, details: [...details, ...said] });
      }
    },

    async startWords() {
      const { name } = await find();
      return ['docker', 'start', name];
    },
  };
}

const interrupt = (id: string): Command => ({
  program: 'docker',
  args: ['container', 'kill', '--signal', 'SIGINT', id],
});

const RUNS: readonly string[] = ['running', 'paused', 'restarting'];

/** Running containers that may write to this folder; `own` is the declared one. */
async function containersOn(
  docker: Docker,
  data: string,
  own: string | undefined,
): Promise<readonly ContainerFacts[]> {
  const all = await docker.containers([]);
  return all.filter(
    ({ id, status, mounts }) =>
      RUNS.includes(status) &&
      mounts.some(({ source, writable, type }) => {
        if (source === '' || !writable) return false;
        if (id === own || type === 'volume') return covers(source, data) || covers(data, source);
        // One that looks after the whole machine has it mounted too, and is no server.
        return source === dirname(data) || covers(data, source);
      }),
  );
}

async function workingOn(
  docker: Docker,
  data: string,
  own: string | undefined,
): Promise<Working | undefined> {
  const [container] = await containersOn(docker, data, own);
  if (container !== undefined) {
    return { words: `in the container ${container.name}`, ready: await isReady(container, data) };
  }
  const running = await runningServer(data);
  if (running === undefined) return undefined;
  return { words: `as process ${running.pid} on port ${running.port}`, ready: running.ready };
}

/** By the file of the server itself, which a killed one leaves behind: then it is older than the container's start. */
async function isReady({ status, startedAt }: ContainerFacts, data: string): Promise<boolean> {
  if (status !== 'running') return false;
  const text = await readTextIfAny(join(data, 'postmaster.pid'));
  const [, , began] = text?.split('\n') ?? [];
  const fresh = Number(began) >= Math.floor(startedAt / 1_000);
  return fresh && parsePostmaster(text ?? '')?.ready === true;
}

interface Awaited {
  readonly id: string;
  readonly name: string;
  readonly data: string;
  readonly signal: AbortSignal;
}

async function awaitReady(docker: Docker, { id, name, data, signal }: Awaited): Promise<Working> {
  const deadline = performance.now() + START_WITHIN;
  let first: number | undefined;
  for (;;) {
    signal.throwIfAborted();
    const container = await docker.container(id, signal);
    first ??= container?.restarts;
    if (container?.status !== 'running' || container.restarts !== first) {
      throw new HoldpointError('command-failed', `the server in the container ${name} did not start`);
    }
    if (await isReady(container, data)) return { words: `in the container ${name}`, ready: true };
    if (performance.now() > deadline) {
      throw new HoldpointError('timeout', `the server in the container ${name} did not start in time`);
    }
    await delay(50, undefined, { signal });
  }
}

async function lastWords(exec: Exec, id: string): Promise<readonly string[]> {
  const said = await exec(containerLogs(id, LAST_LINES), { timeout: 20_000 }).catch(() => undefined);
  if (said === undefined) return [];
  return joinedLog(said.stdout, said.stderr, LAST_LINES).map((line) => redact(line));
}

/**
 * Whether the address names the container, and not a port of this machine that leads to it. A name without dots is one
 * that only the engine knows: of the service, of the container, or an alias of it.
 */
/** An engine elsewhere tells folders of its own machine. */
async function assertHere(data: string): Promise<void> {
  await lstat(dirname(data)).catch((cause: unknown) => {
    throw new HoldpointError('configuration', `${data} cannot be reached on this machine`, {
      cause,
      next: 'Run where the Docker Engine runs, as a user who may enter the folders of its volumes (root).',
    });
  });
}
