import { resolve } from 'node:path';
import { parseBytes } from '../kernel/quantities.ts';
import type { DeclaredService } from '../targets/target.ts';
import type { Objective } from '../watch/objective.ts';
import { accessLog } from '../watch/sources/access-log/access-log.ts';
import { combinedLine, jsonLines } from '../watch/sources/access-log/line.ts';
import { combined } from '../watch/sources/combined.ts';
import type { MeasuredService } from '../watch/sources/measured.ts';
import { prometheus } from '../watch/sources/prometheus/prometheus.ts';
import { type ScrapedService, scrape } from '../watch/sources/scrape.ts';
import { fieldsOf, type SourceSettings } from '../watch/sources/settings.ts';
import type { Source } from '../watch/sources/source.ts';
import type { Project } from './project.ts';

/** Milliseconds for one look at one replica. */
export const LOOK_LIMIT = 2_000;
/** Milliseconds for one look at a server that keeps the numbers of all of them. */
const SERVER_LIMIT = 5_000;

type Sourced = Pick<Project, 'specification' | 'target' | 'folder' | 'http' | 'clock'>;

/** Where the watch of this system reads its numbers, as the specification says. */
export function sourceOf(project: Sourced, objectives: readonly Objective[]): Source {
  const { specification, target, folder, clock } = project;
  const { accessLog: log } = specification.watch;
  const others = metricsOf(project, objectives);
  if (log === undefined) return others;
  const routed = target.declared.filter((service) => service.routed);
  const requests = accessLog({
    path: resolve(folder, log.path),
    readLine: log.format === 'combined' ? combinedLine : jsonLines(fieldsOf(log)),
    services: Object.fromEntries(routed.map((service) => [service.name, measured(service)])),
    except: log.except,
    objectives,
    clock,
  });
  return combined({ requests, others, objectives, services: routed.map(({ name }) => name) });
}

function metricsOf(
  { specification, target, http, clock }: Sourced,
  objectives: readonly Objective[],
): Source {
  const { source, series } = specification.watch;
  const common = { objectives, series, timeout: LOOK_LIMIT, http, clock };
  if (source.kind === 'prometheus') {
    const { kind: _kind, ...access } = source;
    const { services: named = [] } = specification.watch;
    // A server may know a service that names no path of its own; one that nobody measures would never answer.
    const known = target.declared.filter(
      ({ name, paths }) =>
        paths.metrics !== undefined ||
        named.includes(name) ||
        objectives.some((one) => one.services?.includes(name)),
    );
    return prometheus({
      ...common,
      ...defined(access),
      timeout: SERVER_LIMIT,
      services: Object.fromEntries(known.map((service) => [service.name, measured(service)])),
    });
  }
  const scraped: Record<string, ScrapedService> = {};
  for (const service of target.declared) {
    const { metrics } = service.paths;
    if (metrics !== undefined) scraped[service.name] = { metrics, ...measured(service) };
  }
  return scrape({ ...common, services: scraped });
}

function measured({ paths, limits }: DeclaredService): MeasuredService {
  return {
    probes: [paths.metrics, paths.health, paths.ready, paths.version].filter((path) => path !== undefined),
    ...(limits?.memory === undefined ? {} : { memoryLimit: parseBytes(limits.memory) }),
    ...(limits?.cpu === undefined ? {} : { cores: Number(limits.cpu) }),
  };
}

type Access = Extract<SourceSettings, { kind: 'prometheus' }>;

function defined({ selector, token, headers, ...access }: Omit<Access, 'kind'>) {
  return {
    ...access,
    ...(selector === undefined ? {} : { selector }),
    ...(token === undefined ? {} : { token }),
    ...(headers === undefined ? {} : { headers }),
  };
}
