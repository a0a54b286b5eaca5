import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Command, CommandResult, Exec } from '../exec/command.ts';
import {
  engineInfo,
  inspectContainers,
  inspectImage,
  inspectNetworks,
  inspectVolumes,
  listContainers,
  listVolumes,
  processesOf,
} from './commands.ts';
import {
  type ContainerFacts,
  containerSchema,
  type EngineFacts,
  engineSchema,
  type ImageFacts,
  imageSchema,
  type NetworkFacts,
  networkSchema,
  oldestFirst,
  type VolumeFacts,
  volumeSchema,
} from './facts.ts';

const LOOK_WITHIN = 30_000;
/** Things looked into by one command: its output must stay far below what is kept of it. */
const AT_ONCE = 8;

/** What a Docker Engine knows, read by its own command line: contexts, remote hosts and logins are as its user has them. */
export interface Docker {
  /** Running and stopped, with all of these labels, oldest first. Throws `unreachable` without an engine. */
  containers(labels: readonly string[], signal?: AbortSignal): Promise<readonly ContainerFacts[]>;
  /** Undefined when there is none of this id or name. */
  container(id: string, signal?: AbortSignal): Promise<ContainerFacts | undefined>;
  /** Undefined when it is not on the engine. */
  image(reference: string, signal?: AbortSignal): Promise<ImageFacts | undefined>;
  volumes(labels: readonly string[], signal?: AbortSignal): Promise<readonly VolumeFacts[]>;
  volume(name: string, signal?: AbortSignal): Promise<VolumeFacts | undefined>;
  /** Throws `unreachable` without an engine. */
  engine(signal?: AbortSignal): Promise<EngineFacts>;
  network(name: string, signal?: AbortSignal): Promise<NetworkFacts | undefined>;
  /** User ids of its processes by process id, as the engine's machine numbers both; undefined when it does not run. */
  users(id: string, signal?: AbortSignal): Promise<ReadonlyMap<number, number> | undefined>;
  /** Runs one of `commands.ts`, or compose; throws `command-failed` with its last lines, `unreachable`, `timeout`. */
  perform(command: Command, options: PerformOptions): Promise<CommandResult>;
}

export interface PerformOptions {
  /** What is being done, for the message: `start backend_3`. */
  readonly what: string;
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

export function dockerThrough(exec: Exec): Docker {
  const look = async (command: Command, signal?: AbortSignal): Promise<CommandResult> => {
    const result = await exec(command, { timeout: LOOK_WITHIN, ...(signal === undefined ? {} : { signal }) });
    if (isAway(result)) throw away(result);
    return result;
  };
  const demand = async (command: Command, what: string, signal?: AbortSignal): Promise<CommandResult> => {
    const result = await look(command, signal);
    if (result.exitCode === 0) return result;
    throw failed(what, result, LOOK_WITHIN);
  };
  return {
    async containers(labels, signal) {
      // Between the two commands a container may go; then they are asked once more.
      for (let round = 0; ; round += 1) {
        const { stdout } = await demand(listContainers(labels), 'list containers', signal);
        const ids = stdout.split('\n').filter((line) => line !== '');
        if (ids.length === 0) return [];
        const results = await inTurn(chunks(ids, AT_ONCE), (some) => look(inspectContainers(some), signal));
        const broken = results.find(({ exitCode }) => exitCode !== 0);
        if (broken !== undefined && isMissing(broken) && round < 5) continue;
        if (broken !== undefined) throw failed('inspect containers', broken, LOOK_WITHIN);
        const found = results.flatMap(({ stdout: text }) => parsedLines(containerSchema, text));
        return found.toSorted(oldestFirst);
      }
    },
    async container(id, signal) {
      const result = await look(inspectContainers([id]), signal);
      if (result.exitCode !== 0 && isMissing(result)) return undefined;
      if (result.exitCode !== 0) throw failed(`inspect ${id}`, result, LOOK_WITHIN);
      return parsedLines(containerSchema, result.stdout)[0];
    },
    async image(reference, signal) {
      return first(imageSchema, await look(inspectImage(reference), signal), `inspect ${reference}`);
    },
    async volumes(labels, signal) {
      const { stdout } = await demand(listVolumes(labels), 'list volumes', signal);
      const names = stdout.split('\n').filter((line) => line !== '');
      if (names.length === 0) return [];
      const results = await inTurn(chunks(names, AT_ONCE), (some) =>
        demand(inspectVolumes(some), 'inspect volumes', signal),
      );
      return results.flatMap(({ stdout: text }) => parsed(z.array(volumeSchema), text));
    },
    async volume(name, signal) {
      return first(volumeSchema, await look(inspectVolumes([name]), signal), `inspect the volume ${name}`);
    },
    async engine(signal) {
      const result = await demand(engineInfo(), 'ask the Docker Engine about itself', signal);
      const facts = parsed(engineSchema, result.stdout);
      // Some versions of the command print what they know themselves, and succeed, when nobody answers.
      if (facts.version === '') throw away(result);
      return facts;
    },
    async network(name, signal) {
      return first(networkSchema, await look(inspectNetworks([name]), signal), `inspect the network ${name}`);
    },
    async users(id, signal) {
      const result = await look(processesOf(id), signal);
      if (result.exitCode !== 0 && (isMissing(result) || /is not running/i.test(result.stderr)))
        return undefined;
      if (result.exitCode !== 0) throw failed(`list the processes of ${id}`, result, LOOK_WITHIN);
      const rows = [...result.stdout.matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm)];
      return new Map(rows.map(([, pid, uid]) => [Number(pid), Number(uid)]));
    },
    async perform(command, { what, timeout, signal }) {
      const result = await exec(command, { timeout, ...(signal === undefined ? {} : { signal }) });
      if (result.exitCode === 0) return result;
      signal?.throwIfAborted();
      throw isAway(result) ? away(result) : failed(what, result, timeout);
    },
  };
}

/** The engine's words for a thing that is not there; every other failure is one. */
const isMissing = ({ stderr }: CommandResult): boolean =>
  /no such (container|image|volume|network|object)|network \S+ not found/i.test(stderr);

const isAway = ({ exitCode, stderr }: CommandResult): boolean =>
  exitCode !== 0 &&
  /cannot connect to the docker daemon|is the docker daemon running|couldn't connect to docker daemon/i.test(
    stderr,
  );

function first<Facts>(schema: z.ZodType<Facts>, result: CommandResult, what: string): Facts | undefined {
  if (result.exitCode !== 0 && isMissing(result)) return undefined;
  if (result.exitCode !== 0) throw failed(what, result, LOOK_WITHIN);
  return parsed(z.array(schema), result.stdout)[0];
}

const parsedLines = <Facts>(schema: z.ZodType<Facts>, text: string): readonly Facts[] =>
  parsed(
    z.array(schema),
    `[${text
      .split('\n')
      .filter((line) => line !== '')
      .join(',')}]`,
  );

const chunks = (names: readonly string[], size: number): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(names.length / size) }, (_, index) =>
    names.slice(index * size, (index + 1) * size),
  );

async function inTurn<Item, Result>(
  items: readonly Item[],
  of: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await of(item));
  return results;
}

function parsed<Facts>(schema: z.ZodType<Facts>, text: string): Facts {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HoldpointError('internal', 'the Docker Engine answered in a form that is not known', {
      cause,
      next: 'Compare `docker version` with those that the documentation names.',
    });
  }
}

function away({ stderr }: CommandResult): HoldpointError {
  return new HoldpointError('unreachable', 'the Docker Engine does not answer', {
    details: linesOf(stderr),
    next: 'Start it, or point DOCKER_HOST or the docker context to it; `docker version` shows when it answers.',
  });
}

function failed(what: string, { stderr, stdout, timedOut }: CommandResult, timeout: number): HoldpointError {
  const late = timedOut ? ` within ${Math.round(timeout / 1_000)} s` : '';
  return new HoldpointError(timedOut ? 'timeout' : 'command-failed', `could not ${what}${late}`, {
    details: linesOf(`${stdout}\n${stderr}`),
  });
}

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-10);
