import { isAbsolute, join, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { type ComposeOrder, composeFile } from '../../backup/schedule/compose.ts';
import { cronFile } from '../../backup/schedule/cron.ts';
import type { ScheduleFile } from '../../backup/schedule/order.ts';
import { systemdFiles } from '../../backup/schedule/systemd.ts';
import type { BackupsSettings } from '../../backup/sets-settings.ts';
import { isFolder } from '../../backup/vault/restic/commands.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { REFERENCE } from '../../kernel/variables.ts';
import type { Project } from '../../release/project.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';
import { type CommonOptions, done, type Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { withSets } from './with-sets.ts';

export type ScheduleFormat = 'systemd' | 'cron' | 'compose';

export interface ScheduleOptions extends CommonOptions {
  readonly format?: ScheduleFormat;
  readonly output?: string;
  readonly run?: boolean;
}

const FILES: Readonly<Record<ScheduleFormat, (order: ComposeOrder) => readonly ScheduleFile[]>> = {
  systemd: systemdFiles,
  cron: (order) => [cronFile(order)],
  compose: (order) => [composeFile(order)],
};

/** Prints the files of a schedule, or writes them into a folder. */
export function printSchedule(house: House, options: ScheduleOptions): Promise<Finished> {
  const { format, output } = options;
  if (format === undefined) {
    throw new HoldpointError('usage', 'nothing says who keeps the times', {
      next: 'Choose --format systemd, cron or compose, or keep them here with --run.',
    });
  }
  return withSets(house, options, async (_sets, project) => {
    const files = FILES[format](await orderOf(house, project));
    if (output === undefined) {
      return done(
        files
          .flatMap(({ name, text }) => [...(files.length === 1 ? [] : [`# ${name}`]), text.trimEnd(), ''])
          .slice(0, -1),
        { format, files: files.map((file) => ({ ...file })) },
      );
    }
    const folder = resolve(house.cwd, output);
    for (const { name, text } of files) await writeAtomically(join(folder, name), text);
    const written = files.map(({ name, text }) => ({ name, text, path: join(folder, name) }));
    return done(
      written.map(({ path }) => path),
      { format, files: written },
    );
  });
}

async function orderOf(house: House, project: Project): Promise<ComposeOrder> {
  const { specification, specificationFile, folder } = project;
  const { backups, name, environment } = specification;
  if (backups === undefined) throw new HoldpointError('internal', 'backups without their settings');
  return {
    ...{ timetable: backups.schedule, system: name, environment, folder, command: house.command },
    specification: specificationFile,
    variables: await variablesOf(specificationFile, backups),
    image: `holdpoint:${house.version}`,
    mounts: mountsOf(project, backups),
  };
}

/** Everything that the file, or the vault, takes from the environment. */
async function variablesOf(file: string, { vault }: BackupsSettings): Promise<readonly string[]> {
  const text = JSON.stringify(parse((await readTextIfAny(file)) ?? ''));
  const named = [...text.matchAll(REFERENCE)].flatMap(([, name]) => name ?? []);
  return [...new Set([...named, ...(vault.kind === 'restic' ? vault.environment : [])])].sort();
}

/** What backups need outside of the specification's folder. */
function mountsOf({ specification, folder, state }: Project, backups: BackupsSettings): readonly string[] {
  const { vault, scratch } = backups;
  const { database } = specification;
  const named =
    vault.kind === 'archive'
      ? [vault.folder, vault.identity]
      : [isFolder(vault.repository) ? vault.repository : undefined, vault.passwordFile];
  const all = [state, ...named, scratch, database?.container === undefined ? database?.data : undefined];
  const paths = all.flatMap((path) => (path === undefined ? [] : [resolve(folder, path)]));
  return [...new Set(paths)].filter((path) => !isWithin(folder, path)).sort();
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../') || isAbsolute(way));
}
