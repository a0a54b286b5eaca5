import type { Subject, SubjectService } from '../checks/check.ts';
import type { CheckId } from '../kernel/ids.ts';
import { fillInAll } from '../kernel/variables.ts';
import type { World } from '../targets/target.ts';
import type { Project } from './project.ts';

/** The system as checks see it: what is declared, what stands, and the settings of each check. */
export function subjectOf(project: Project, version: string, world: World): Subject {
  const { specification, folder, variables, target } = project;
  const { url, database, redis } = specification;
  return {
    name: specification.name,
    version,
    environment: specification.environment,
    target: target.kind,
    folder,
    services: servicesOf(project),
    world,
    ...(url === undefined ? {} : { url }),
    ...(database === undefined ? {} : { databaseUrl: database.url }),
    ...(redis === undefined ? {} : { redisUrl: redis.url }),
    variables,
    logs: (replica, lines) => target.logs(replica, lines),
    settings: (check) => settingsOf(project, check, version),
  };
}

function servicesOf({ specification: { target } }: Project): readonly SubjectService[] {
  return Object.entries(target.services).map(([name, service]) => {
    const paths = {
      ...(service.health === undefined ? {} : { health: service.health }),
      ...(service.ready === undefined ? {} : { ready: service.ready }),
      ...(service.metrics === undefined ? {} : { metrics: service.metrics }),
      ...(service.versionPath === undefined ? {} : { version: service.versionPath }),
    };
    const { cpu, memory } = service.limits ?? {};
    const limits = {
      ...(cpu === undefined ? {} : { cpu: String(cpu) }),
      ...(memory === undefined ? {} : { memory: `${memory}B` }),
    };
    return { name, replicas: service.replicas, environment: service.environment, paths, limits };
  });
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
  const overlay = Object.assign({}, ...stated) as Record<string, string>;
  // Not a setting of the check: it says whose evidence the item shows.
  delete overlay['of'];
  return fillVersion({ ...own, ...fillInAll(overlay, variables) }, version);
}

/** What the specification states once, and a check would otherwise have to be told again. */
function knownElsewhere({ specification }: Project, check: CheckId): Readonly<Record<string, unknown>> {
  const { database, watch } = specification;
  const folder = database?.backup.folder;
  const inFolder = folder === undefined ? {} : { folder };
  switch (check as string) {
    case 'database.migrations':
      return database?.migrate === undefined ? {} : { status: database.migrate.status };
    case 'database.backup':
      return database === undefined ? {} : { ...inFolder, maxAge: database.backup.maxAge };
    case 'backup.retention':
      return database === undefined ? {} : { ...inFolder, keep: database.backup.keep };
    case 'backup.restore':
    case 'backup.schedule':
    case 'backup.objectives':
      return inFolder;
    case 'monitoring.slo':
      return { limits: ownLimits(watch), series: watch.series };
    default:
      return {};
  }
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
