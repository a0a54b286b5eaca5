import { parse } from 'yaml';
import type { FoundService } from './found.ts';
import { splitWords } from './words.ts';

/** A ready-made part, which no release replaces. */
type Part = 'postgres' | 'nginx' | 'other';

export interface ComposeService extends FoundService {
  /** Undefined for what is built here, or is at least none of the parts that everybody knows. */
  readonly part?: Part;
}

const PARTS: readonly (readonly [Part, RegExp])[] = [
  ['postgres', /^(?:postgres|postgresql|postgis|pgvector|timescaledb)\b/],
  ['nginx', /^nginx\b/],
  [
    'other',
    /^(?:redis|valkey|memcached|mysql|mariadb|mongo|rabbitmq|minio|traefik|caddy|haproxy|envoy|prometheus|alertmanager|grafana|loki|promtail)\b/,
  ],
];

/** By the last word of the image's name, since companies keep such images under names of their own. */
function partOf(image: string): Part | undefined {
  const written = image.replaceAll(/\$\{\w+:?-([^}]*)\}/g, '$1');
  const last = written.slice(written.lastIndexOf('/') + 1);
  return PARTS.find(([, pattern]) => pattern.test(last))?.[0];
}

/** The services of a compose file; none when it cannot be read. */
export function composeServices(source: string, text: string): readonly ComposeService[] {
  const services = record(record(read(text))['services']);
  return Object.entries(services).map(([name, value]) => {
    const service = record(value);
    const image = typeof service['image'] === 'string' ? service['image'] : '';
    const command = wordsOf(service['command']) ?? wordsOf(service['entrypoint']);
    const port = portOf(service);
    const part = service['build'] === undefined ? partOf(image) : undefined;
    return {
      name:
        name
          .toLowerCase()
          .replace(/[^a-z0-9-]+/g, '-')
          .replace(/^[^a-z]+/, '') || 'service',
      source,
      ...(part === undefined ? {} : { part }),
      ...(command === undefined ? {} : { command }),
      ...(port === undefined ? {} : { port }),
    };
  });
}

/** Of several files that name a service, each tells what those before it leave out. */
export function merged(services: readonly ComposeService[]): readonly ComposeService[] {
  const byName = new Map<string, ComposeService>();
  for (const service of services) byName.set(service.name, { ...service, ...byName.get(service.name) });
  return [...byName.values()];
}

function read(text: string): unknown {
  try {
    return parse(text, { logLevel: 'silent' }) as unknown;
  } catch {
    return undefined;
  }
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

function wordsOf(command: unknown): readonly string[] | undefined {
  const words =
    typeof command === 'string' ? splitWords(command) : Array.isArray(command) ? command.map(String) : [];
  return words.length === 0 ? undefined : words;
}

/** The port inside: of `8080:80`, `80`, `127.0.0.1:8080:80/tcp` or `{ target: 80 }`, or of `expose`. */
function portOf(service: Readonly<Record<string, unknown>>): number | undefined {
  const listed = [service['ports'], service['expose']].find((one) => Array.isArray(one)) as
    | unknown[]
    | undefined;
  const first = listed?.[0];
  const written = typeof first === 'object' ? record(first)['target'] : first;
  const port = Number(/(\d+)(?:\/\w+)?$/.exec(String(written ?? ''))?.[1]);
  return port > 0 && port < 65_536 ? port : undefined;
}
