import type { Command } from '../../system/exec/command.ts';
import type { ComposeGeneration } from './model/document.ts';

export interface ComposeProgram {
  /** `docker compose` or `docker-compose`. */
  readonly words: readonly [string, ...string[]];
  readonly generation: ComposeGeneration;
}

/** The compose file of one release, and what compose has to be told about it. */
export interface Placed {
  readonly project: string;
  /** Absolute: where relative paths of the user's files start. */
  readonly folder: string;
  /** Absolute. */
  readonly file: string;
}

function compose(
  { words: [program, ...prefix] }: ComposeProgram,
  placed: Placed,
  args: readonly string[],
): Command {
  const { project, folder, file } = placed;
  return {
    program,
    args: [...prefix, '--project-name', project, '--project-directory', folder, '--file', file, ...args],
    cwd: folder,
  };
}

/** Makes containers until the service has so many, counting stopped ones; starts none and touches none that is there. */
export const createContainers = (
  program: ComposeProgram,
  placed: Placed,
  service: string,
  count: number,
): Command =>
  compose(program, placed, [
    'up',
    '--no-start',
    '--no-recreate',
    '--no-deps',
    '--no-build',
    '--scale',
    `${service}=${count}`,
    service,
  ]);

/** Variables that the program itself would take for its own: these go on its command line, the others never do. */
const ITS_OWN = /^(?:PATH|HOME|LD_\w+|PYTHON\w*|DOCKER_\w+|COMPOSE_\w+)$/;

/** A command in a container of its own, made from a service, removed at its end. The image's entrypoint stays. */
export function runOnce(
  program: ComposeProgram,
  placed: Placed,
  service: string,
  name: string,
  command: Command,
): Command {
  const environment = Object.entries(command.environment ?? {});
  const own = environment
    .filter(([key]) => ITS_OWN.test(key))
    .map(([key, value]) => [key, `${key}=${value}`]);
  const passed = environment.filter(([key]) => !ITS_OWN.test(key));
  const run = compose(program, placed, [
    'run',
    '--rm',
    '--no-deps',
    '-T',
    '--name',
    name,
    ...[...passed.map(([key]) => key), ...own.map(([, pair]) => pair ?? '')].flatMap((one) => ['-e', one]),
    service,
    command.program,
    ...command.args,
  ]);
  return {
    ...run,
    ...(passed.length === 0 ? {} : { environment: Object.fromEntries(passed) }),
    ...(command.input === undefined ? {} : { input: command.input }),
  };
}

/**
 * What the service itself runs, in the background, in a container of this name that others know by the service's. No port
 * is published. It has the labels of a container of `run`, and stays when it ends.
 */
export const runAside = (program: ComposeProgram, placed: Placed, service: string, name: string): Command =>
  compose(program, placed, ['run', '--detach', '--no-deps', '--use-aliases', '-T', '--name', name, service]);

/** What a person types for the same project, as a next step: `docker-compose up -d postgres`. */
export const typed = ({ words }: ComposeProgram, ...args: readonly string[]): string =>
  [...words, ...args].join(' ');
