import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { postgresBackup } from './backup/postgres/engine.ts';
import { parseChecklist } from './checklist/parse.ts';
import { HoldpointError } from './kernel/errors.ts';
import type { Variables } from './kernel/variables.ts';
import { createNotifiers } from './notify/catalog.ts';
import type { LeaseTimes } from './release/lease/acquire.ts';
import { openSqliteLog } from './release/log/sqlite.ts';
import type { Project } from './release/project.ts';
import { readSpecification } from './release/specification/read.ts';
import { readJourneys } from './smoke/read.ts';
import { systemClock } from './system/clock.ts';
import { run } from './system/exec/run.ts';
import { http } from './system/http.ts';
import { processTarget } from './targets/process/target.ts';

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
  const state = resolve(folder, specification.state, specification.environment);
  const clock = systemClock;
  const target = processTarget({ settings, folder, state, variables, exec: run, http, clock });
  const checklist = await readChecklist(resolve(folder, specification.checklist));
  const journeys =
    specification.journeys === undefined ? [] : await readJourneys(folder, specification.journeys);
  const log = openSqliteLog(join(state, 'runs.sqlite'));
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
    ...(leaseTimes === undefined ? {} : { leaseTimes }),
    target,
    backup:
      database === undefined
        ? undefined
        : postgresBackup({
            url: database.url,
            data: resolve(folder, database.data),
            folder: resolve(folder, database.backup.folder),
            ...(database.backup.scratch === undefined
              ? {}
              : { scratch: resolve(folder, database.backup.scratch) }),
            clock,
            exec: run,
          }),
    notifiers: createNotifiers(specification.notify, { folder, http, clock }),
    clock,
    exec: run,
    http,
    unique: randomUUID,
    product,
    close: () => log.close(),
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
