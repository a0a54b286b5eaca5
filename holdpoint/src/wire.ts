import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { postgresBackup } from './backup/postgres/engine.ts';
import { parseChecklist } from './checklist/parse.ts';
import { HoldpointError } from './kernel/errors.ts';
import type { Variables } from './kernel/variables.ts';
import { migrateCommands } from './migrate/commands.ts';
import { createNotifiers } from './notify/catalog.ts';
import type { Rehearser } from './rehearsal/rehearsal.ts';
import { createRehearser } from './rehearsal/rehearse.ts';
import { tryVersion } from './rehearsal/trial.ts';
import type { LeaseTimes } from './release/lease/acquire.ts';
import { openSqliteLog } from './release/log/sqlite.ts';
import type { Project } from './release/project.ts';
import { logFile } from './release/record.ts';
import { stateFolder } from './release/specification/place.ts';
import { readSpecification } from './release/specification/read.ts';
import { syntheticJourneys } from './release/synthetic-journeys.ts';
import { readJourneys } from './smoke/read.ts';
import { runJourney } from './smoke/run.ts';
import { systemClock } from './system/clock.ts';
import { run } from './system/exec/run.ts';
import { http } from './system/http.ts';
import { processTarget } from './targets/process/target.ts';
import { carryFile } from './watch/carry.ts';

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
  const target = processTarget({ settings, folder, state, variables, exec: run, http, clock });
  const checklist = await readChecklist(resolve(folder, specification.checklist));
  const journeys =
    specification.journeys === undefined ? [] : await readJourneys(folder, specification.journeys);
  // A name that nobody knows has to be told now, and not when the release has begun.
  if (specification.watch.synthetic !== undefined) syntheticJourneys(specification.watch.synthetic, journeys);
  const backup =
    database === undefined
      ? undefined
      : postgresBackup({
          url: database.url,
          data: resolve(folder, database.data),
          folder: resolve(folder, database.backup.folder),
          ...(database.backup.scratch === undefined
            ? {}
            : { scratch: resolve(folder, database.backup.scratch) }),
          restore: { ...database.restore, folder },
          clock,
          exec: run,
        });
  const log = openSqliteLog(logFile(state));
  return {
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
    backup,
    rehearser: rehearserOf({ specification, folder, variables, backup, target, journeys }),
    notifiers: createNotifiers(specification.notify, { folder, http, clock }),
    clock,
    exec: run,
    http,
    unique: randomUUID,
    product,
    close: () => log.close(),
  };
}

/** Undefined where there is nothing to rehearse, or the specification turns it off. */
function rehearserOf(
  parts: Pick<Project, 'specification' | 'folder' | 'variables' | 'backup' | 'target' | 'journeys'>,
): Rehearser | undefined {
  const { specification, folder, variables, backup, target, journeys } = parts;
  const { database } = specification;
  if (database?.migrate === undefined || backup === undefined || !database.rehearsal.enabled)
    return undefined;
  const { migrate, rehearsal: settings, url: production } = database;
  return createRehearser({
    withRestored: backup.withRestored,
    commandsAt: (url, version) =>
      migrateCommands(migrate, { folder, version, environment: { DATABASE_URL: url } }),
    tryVersion: ({ restored, ...order }) =>
      tryVersion({
        ...order,
        databases: { production, scratch: restored.url },
        runJourney: (journey, url, signal) =>
          runJourney(journey, { url, clock: systemClock, http, unique: randomUUID, variables, signal }),
        http,
        clock: systemClock,
      }),
    launchesOf: target.launches,
    journeys,
    settings,
    exec: run,
    clock: systemClock,
  });
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
