import { parse } from 'yaml';
import type { FoundService } from './found.ts';
import { splitWords } from './words.ts';

export interface ComposeService extends FoundService {
  /** Whether it is built here, or is at least no ready-made part such as a database. */
  readonly own: boolean;
  readonly postgres: boolean;
}

const READY_MADE =
  /^(?:docker\.io\/)?(?:library\/)?(?:postgres|redis|nginx|traefik|caddy|mysql|mariadb|mongo|rabbitmq|prom\/|grafana\/|minio)/;

/** The services of a compose file; none when it cannot be read. */
export function composeServices(source: string, text: string): readonly ComposeService[] {
  const services = record(record(read(text))['services']);
  return Object.entries(services).map(([name, value]) => {
    const service = record(value);
    const image = typeof service['image'] === 'string' ? service['image'] : '';
    const command = wordsOf(service['command']) ?? wordsOf(service['entrypoint']);
    const port = portOf(service);
    return {
      name:
        name
          .toLowerCase()
          .replace(/[^a-z0-9-]+/g, '-')
          .replace(/^[^a-z]+/, '') || 'service',
      source,
      own: service['build'] !== undefined || !READY_MADE.test(image),
      postgres: /(?:^|\/)(?:postgres|postgis|pgvector|timescaledb)\b/.test(image),
      ...(command === undefined ? {} : { command }),
      ...(port === undefined ? {} : { port }),
    };
  });
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
