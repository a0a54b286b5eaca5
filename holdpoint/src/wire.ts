import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { postgresBackup } from './backup/postgres/engine.ts';
import { parseChecklist } from './checklist/parse.ts';
import { HoldpointError } from './kernel/errors.ts';
import type { Variables } from './kernel/variables.ts';
import { migrateCommands } from './migrate/commands.ts';
import { throughService } from './migrate/one-off.ts';
import { createNotifiers } from './notify/catalog.ts';
import { throughApart } from './rehearsal/apart.ts';
import { openContainerPlace } from './rehearsal/container-place.ts';
import { openProcessPlace } from './rehearsal/process-place.ts';
import type { Rehearser } from './rehearsal/rehearsal.ts';
import { createRehearser, type RehearserOptions } from './rehearsal/rehearse.ts';
import { tryVersion } from './rehearsal/trial.ts';
import type { LeaseTimes } from './release/lease/acquire.ts';
import { openSqliteLog } from './release/log/sqlite.ts';
import type { Project } from './release/project.ts';
import { logFile } from './release/record.ts';
import { stateFolder } from './release/specification/place.ts';
import { readSpecification } from './release/specification/read.ts';
import type { Specification } from './release/specification/schema.ts';
import { syntheticJourneys } from './release/synthetic-journeys.ts';
import type { Journey } from './smoke/journey.ts';
import { readJourneys } from './smoke/read.ts';
import { runJourney } from './smoke/run.ts';
import { systemClock } from './system/clock.ts';
import { addressFromHere } from './system/docker/container-address.ts';
import { dockerThrough } from './system/docker/docker.ts';
import type { Exec } from './system/exec/command.ts';
import { run } from './system/exec/run.ts';
import { unseen, type Witness, witnessed, witnessTo } from './system/exec/told.ts';
import { http } from './system/http.ts';
import { containerControl } from './system/postgres/container-control.ts';
import { type ContainerReference, declaredContainer } from './system/postgres/container-reference.ts';
import type { ServerControl } from './system/postgres/control.ts';
import { processControl } from './system/postgres/process-control.ts';
import { createTarget } from './targets/catalog.ts';
import { readProject } from './targets/compose/files.ts';
import type { Launch, StandIn } from './targets/target.ts';
import { carryFile } from './watch/carry.ts';
import { backupsOf } from './wire-backups.ts';

export interface ProjectRequest {
  readonly file: string;
  readonly variables: Variables;
  readonly product: string;
  /** For trying out what takes a minute otherwise. */
  readonly leaseTimes?: LeaseTimes;
}

/** Puts a project together from its specification: the only place where rooms are joined. */
export async function openProject({
  file,
  variables,
  product,
  leaseTimes,
}: ProjectRequest): Promise<Project> {
  const read = await readSpecification(file, variables);
  const { specification, folder } = read;
  const { database, target: settings } = specification;
  const state = stateFolder(folder, specification);
  const clock = systemClock;
  const witness = witnessFor(variables);
  const exec = witnessed(witness, run);
  const target = await createTarget(settings, { folder, state, variables, exec, witness, http, clock });
  const checklist = await readChecklist(resolve(folder, specification.checklist));
  const journeys =
    specification.journeys === undefined ? [] : await readJourneys(folder, specification.journeys);
  // A name that nobody knows has to be told now, and not when the release has begun.
  if (specification.watch.synthetic !== undefined) syntheticJourneys(specification.watch.synthetic, journeys);
  const place = { folder, variables, exec };
  const server = database === undefined ? undefined : serverOf(database, settings, place);
  const redisUrl = redisOf(specification.redis, settings, place);
  const backup =
    database === undefined || server === undefined
      ? undefined
      : postgresBackup({
          server,
          folder: resolve(folder, database.backup.folder),
          ...(database.backup.scratch === undefined
            ? {}
            : { scratch: resolve(folder, database.backup.scratch) }),
          clock,
          exec,
        });
  const log = openSqliteLog(logFile(state));
  const project: Project = {
    specification,
    specificationFile: read.file,
    specificationDigest: read.digest,
    folder,
    state,
    variables,
    checklist,
    journeys,
    log,
    leases: log.leases,
    carries: (run) => carryFile(join(state, 'watch', `${run}.json`)),
    ...(leaseTimes === undefined ? {} : { leaseTimes }),
    target,
    ...(server === undefined ? {} : { database: server }),
    ...(redisUrl === undefined ? {} : { redisUrl }),
    backup,
    rehearser: rehearserOf({ specification, folder, variables, backup, target, journeys, exec }),
    notifiers: createNotifiers(specification.notify, { folder, http, clock }),
    clock,
    exec,
    http,
    unique: randomUUID,
    product,
    close: () => log.close(),
  };
  const sets = backupsOf(project);
  return sets === undefined ? project : { ...project, sets };
}

interface Place {
  readonly folder: string;
  readonly variables: Variables;
  readonly exec: Exec;
}

/** The server of the database: the declared container, or a process of this machine. */
function serverOf(
  { url, data, container, restore }: NonNullable<Specification['database']>,
  target: Specification['target'],
  place: Place,
): ServerControl {
  const { folder, exec } = place;
  const at = data === undefined ? undefined : resolve(folder, data);
  if (container === undefined) {
    return processControl({ url, data: at ?? folder, exec, commands: { ...restore, folder } });
  }
  return containerControl({ url, container: referenceTo(container, target, place), data: at, exec });
}

/** An address that leads from this machine to the declared Redis; undefined without one. */
function redisOf(
  redis: Specification['redis'],
  target: Specification['target'],
  place: Place,
): ((signal?: AbortSignal) => Promise<string>) | undefined {
  if (redis === undefined) return undefined;
  const { url, container } = redis;
  if (container === undefined) return async () => url;
  const docker = dockerThrough(place.exec);
  return async (signal) =>
    addressFromHere(url, await declaredContainer(docker, referenceTo(container, target, place), signal));
}

type DeclaredContainer = NonNullable<NonNullable<Specification['database']>['container']>;

/** A service without a project is one of the target's own: others on the engine may have one of the same name. */
function referenceTo(
  { name, service, project }: DeclaredContainer,
  target: Specification['target'],
  { folder, variables }: Place,
): ContainerReference {
  if (name !== undefined) return { name };
  const own =
    target.kind === 'compose' ? readProject({ settings: target, folder, variables }).name : undefined;
  return { service, project: project ?? own };
}

/** Who wants to see the commands that are run names a file for them. */
function witnessFor(variables: Variables): Witness {
  const file = variables['HOLDPOINT_COMMANDS'];
  return file === undefined || file === '' ? unseen : witnessTo(resolve(file));
}

/** Undefined where there is nothing to rehearse, or the specification turns it off. */
function rehearserOf(
  parts: Pick<Project, 'specification' | 'folder' | 'variables' | 'backup' | 'target' | 'journeys' | 'exec'>,
): Rehearser | undefined {
  const { specification, folder, variables, backup, target, journeys, exec } = parts;
  const { database } = specification;
  if (database?.migrate === undefined || backup === undefined || !database.rehearsal.enabled)
    return undefined;
  const { migrate, rehearsal: settings, url: production } = database;
  const common = {
    withRestored: backup.withRestored,
    commandsAt: (url: string, version: string) =>
      migrateCommands(migrate, { folder, version, environment: { DATABASE_URL: url } }),
    ...executing(parts, migrate.service),
    journeys,
    settings,
    exec,
    clock: systemClock,
  };
  const trial = {
    runJourney: (journey: Journey, url: string, signal: AbortSignal) =>
      runJourney(journey, { url, clock: systemClock, http, unique: randomUUID, variables, signal }),
    http,
    clock: systemClock,
  };
  if (target.standIns !== undefined) {
    return createRehearser<StandIn>({
      ...common,
      launchesOf: target.standIns,
      // A network without a way out needs nothing that could be missing: `isolation` has no say.
      tryVersion: ({ restored, ...order }) => {
        const databases = { production, scratch: restored.url };
        const open = (standIns: readonly StandIn[]) =>
          openContainerPlace({ ...order, exec, standIns, databases });
        return tryVersion({ ...trial, ...order, open });
      },
    });
  }
  return createRehearser({
    ...common,
    launchesOf: target.launches,
    tryVersion: ({ restored, ...order }) => {
      const databases = { production, scratch: restored.url };
      const open = (launches: readonly Launch[]) => openProcessPlace({ ...order, launches, databases });
      return tryVersion({ ...trial, ...order, open });
    },
  });
}

/** Where migrations run in containers of a service, those of a rehearsal reach the copy and nothing else. */
function executing(
  { specification: { database }, target, exec }: Pick<Project, 'specification' | 'target' | 'exec'>,
  service: string | undefined,
): Pick<RehearserOptions, 'execOf'> {
  if (service === undefined || database === undefined) return {};
  const { url: production, rehearsal } = database;
  return {
    execOf: (revision) =>
      throughApart({
        exec,
        production,
        overlay: rehearsal.environment,
        container: (apart) => throughService({ exec, target, revision, service, apart }),
      }),
  };
}

async function readChecklist(file: string): Promise<Project['checklist']> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new HoldpointError('configuration', `the checklist ${file} cannot be read`, {
      cause,
      next: "Name your checklist under 'checklist' in the specification.",
    });
  });
  return { file, text, parsed: parseChecklist(text) };
}
