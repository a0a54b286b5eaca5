import { randomUUID } from 'node:crypto';
import { HoldpointError } from '../kernel/errors.ts';
import { endMarked, endOrphans, MARK, MARKED, newMark } from '../system/docker/marked.ts';
import type { Command, CommandResult, Exec } from '../system/exec/command.ts';
import type { Apart, DeclaredService, Revision, Target } from '../targets/target.ts';

/** Names what is run here, among everything else that may run in containers. */
const WORK = 'migration';

export interface OneOffs {
  readonly exec: Exec;
  readonly target: Pick<Target, 'oneOff' | 'declared' | 'kind'>;
  readonly revision: Revision;
  readonly service: string;
  /** Where it must not reach what the service reaches. */
  readonly apart?: Apart;
}

/**
 * Runs each command in a container of its own, made from a service of a revision. With the command ends its container,
 * also when it is cut off, and what an earlier process has left behind is ended first: two migrations at once would
 * wait for each other's locks, or do everything twice. Throws `configuration` for a target that cannot.
 */
export function throughService({ exec, target, revision, service, apart }: OneOffs): Exec {
  return async (command, options) => {
    if (target.oneOff === undefined) {
      throw new HoldpointError('configuration', `a target of kind ${target.kind} runs no containers`, {
        next: 'Leave database.migrate.service out, so that the commands run on this machine.',
      });
    }
    await endOrphans(exec, WORK);
    const mark = await newMark(randomUUID());
    const marked = { ...command, environment: { ...variablesOf(target, service, command), [MARK]: mark } };
    const container = await target.oneOff(revision, service, marked, apart);
    const environment = { ...container.environment, [MARK]: mark, [MARKED]: WORK };
    let result: CommandResult | undefined;
    try {
      result = await exec({ ...container, environment }, options);
      return result;
    } finally {
      // Whoever runs a container for us can be killed, and the container runs on.
      if (result === undefined || result.timedOut || result.exitCode === null) await endMarked(exec, mark);
    }
  };
}

/** A service that tells by itself where its database is knows in which form it needs that. */
function variablesOf(
  { declared }: Pick<Target, 'declared'>,
  service: string,
  { environment = {} }: Command,
): Readonly<Record<string, string>> {
  const own = declared.find(({ name }) => name === service);
  if (own === undefined || !tellsDatabase(own)) return environment;
  const { DATABASE_URL: _theirs, ...rest } = environment;
  return rest;
}

const tellsDatabase = ({ environment }: DeclaredService): boolean =>
  ['DATABASE_URL', 'DATABASE_URL_FILE'].some((name) => Object.hasOwn(environment, name));
