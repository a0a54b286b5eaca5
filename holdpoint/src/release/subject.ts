import type { Backups } from '../backup/set/backups.ts';
import { findProbe } from '../checks/catalog.ts';
import type { Subject } from '../checks/check.ts';
import { HoldpointError } from '../kernel/errors.ts';
import type { CheckId } from '../kernel/ids.ts';
import { fillInAll } from '../kernel/variables.ts';
import { type MigrationStatus, migrationStatus } from '../migrate/migrations.ts';
import type { World } from '../targets/target.ts';
import { migrationsOf } from './migration.ts';
import type { Project } from './project.ts';

/** Milliseconds: a container has to be made first. */
const STATUS_WITHIN = 60_000;

/** The system as checks see it: what is declared, what stands, and the settings of each check. */
export async function subjectOf(project: Project, version: string, world: World): Promise<Subject> {
  const { specification, folder, variables, target } = project;
  const { images, containers } = target;
  const { url, database, redis } = specification;
  return {
    name: specification.name,
    version,
    environment: specification.environment,
    target: target.kind,
    folder,
    services: target.declared,
    ...(images === undefined ? {} : { images: () => images(version) }),
    ...(containers === undefined ? {} : { containers: (signal) => containers(signal) }),
    world,
    ...(url === undefined ? {} : { url }),
    ...(database === undefined
      ? {}
      : { databaseUrl: await reachable(project.database?.url(), database.url) }),
    ...(isPlain(database?.migrate) ? {} : { migrations: (signal) => statusOf(project, version, signal) }),
    ...(redis === undefined ? {} : { redisUrl: await reachable(project.redisUrl?.(), redis.url) }),
    ...(project.sets === undefined ? {} : { vault: keptIn(project.sets) }),
    variables,
    logs: (replica, lines) => target.logs(replica, lines),
    settings: (check) => settingsOf(project, check, version),
  };
}

type Kept = NonNullable<Subject['vault']>;

/**
 * What was damaged counts as no backup. Several checks want to know at the same time, and a vault may start a process
 * for each of its backups: they share one question, and only one that failed is asked again.
 */
function keptIn(sets: Backups): Kept {
  let asked: ReturnType<Kept> | undefined;
  return (signal) => {
    asked ??= listKept(sets, signal);
    asked.catch(() => {
      asked = undefined;
    });
    return asked;
  };
}

async function listKept(sets: Backups, signal: AbortSignal): ReturnType<Kept> {
  return (await sets.list(signal)).sets.map(({ manifest: { id, at, parts }, proof }) => ({
    ...{ name: id, createdAt: at, database: parts.some(({ kind }) => kind.startsWith('postgres')) },
    ...(proof?.verdict === 'pass' ? { proof } : {}),
  }));
}

type Migrate = NonNullable<Project['specification']['database']>['migrate'];

/** Whether the check can run the status command by itself, and read what it says. */
const isPlain = (migrate: Migrate): boolean =>
  migrate === undefined || (migrate.service === undefined && migrate.format === 'json');

async function statusOf(project: Project, version: string, signal: AbortSignal): Promise<MigrationStatus> {
  const found = await migrationsOf(project, await project.target.resolve(version));
  if (found === undefined) throw new HoldpointError('internal', 'no migrations are declared');
  return migrationStatus(found.exec, found.commands, { timeout: STATUS_WITHIN, signal });
}

/** Where it cannot be told, the checks say what they find at the address as written. */
async function reachable(found: Promise<string> | undefined, written: string): Promise<string> {
  return (await found?.catch(() => written)) ?? written;
}

/** What the specification says of a check, overlaid by the comments of the items bound to it. */
function settingsOf(project: Project, check: CheckId, version: string): Readonly<Record<string, unknown>> {
  const { specification, variables, checklist } = project;
  const own = {
    ...knownElsewhere(project, check),
    ...fillInAll(specification.checks[check] ?? {}, variables),
  };
  const stated = checklist.parsed.items.flatMap(({ binding }) =>
    binding?.kind === 'check' && binding.check === check ? [binding.options] : [],
  );
  const limits = isByService(check) ? stated.filter(({ service }) => service !== undefined) : [];
  const overlay = Object.assign({}, ...stated.filter((one) => !limits.includes(one))) as Record<
    string,
    string
  >;
  // Not a setting of the check: it says whose evidence the item shows.
  delete overlay['of'];
  // One for each service: laid over each other, the last would stand for them all.
  const services = limits.length === 0 ? {} : { services: fillInAll(limits, variables) };
  return fillVersion({ ...own, ...fillInAll(overlay, variables), ...services }, version);
}

/** Whether each item sets the limit of one service only. */
const isByService = (check: CheckId): boolean =>
  findProbe(check)?.expectation?.defaultByService !== undefined;

/** What the specification states once, and a check would otherwise have to be told again. */
function knownElsewhere({ specification }: Project, check: CheckId): Readonly<Record<string, unknown>> {
  const { database, target, watch } = specification;
  const folder = database?.backup.folder;
  const inFolder = folder === undefined ? {} : { folder };
  switch (check as string) {
    case 'database.migrations':
      return database?.migrate !== undefined && isPlain(database.migrate)
        ? { status: database.migrate.status }
        : {};
    case 'database.backup':
      return database === undefined ? {} : { ...inFolder, maxAge: `${database.backup.maxAge} ms` };
    case 'configuration.database':
      // Its address is that of the engine's own network, which does not leave this machine.
      return database?.container === undefined ? {} : { tls: 'optional' };
    case 'backup.retention':
      return database === undefined ? {} : { ...inFolder, keep: database.backup.keep };
    case 'backup.restore':
    case 'backup.schedule':
      return inFolder;
    case 'backup.objectives':
      return { ...inFolder, ...objectivesOf(specification) };
    case 'configuration.secrets':
    case 'security.secrets':
      return target.kind === 'compose' ? { files: target.files } : {};
    case 'monitoring.slo':
      return {
        limits: ownLimits(watch),
        series: watch.series,
        ...(watch.services === undefined ? {} : { services: watch.services }),
      };
    default:
      return {};
  }
}

function objectivesOf({ backups }: Project['specification']): Readonly<Record<string, string>> {
  const stated = Object.entries(backups?.objectives ?? {});
  return Object.fromEntries(stated.map(([name, milliseconds]) => [name, `${milliseconds} ms`]));
}

/** What the edge loses is counted by the edge, and has no series at the replicas. */
function ownLimits({ limits: { lost: _lost, ...own } }: Project['specification']['watch']) {
  return own;
}

function fillVersion<Value>(value: Value, version: string): Value {
  if (typeof value === 'string') return value.replaceAll('{version}', version) as Value;
  if (Array.isArray(value)) return value.map((entry: unknown) => fillVersion(entry, version)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, fillVersion(entry, version)]),
  ) as Value;
}
