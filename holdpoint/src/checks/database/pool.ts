import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { DeclaredService } from '../../targets/target.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults, notApplicable } from '../verdicts.ts';
import { looking } from './session.ts';

const ID = checkId('database.pool');

const size = z.coerce.number().int().positive();
const Settings = z.strictObject({
  /** Connections that one replica opens at most: one number for every service, or by the service's name. */
  pool: z.union([size, z.record(z.string(), size)]).optional(),
  /** Connections for migrations, backups and people. */
  reserve: z.coerce.number().int().nonnegative().default(5),
});

interface PoolOf {
  readonly service: string;
  readonly replicas: number;
  readonly size: number;
}

function judgePool(
  expected: { readonly reserve: number },
  pools: readonly PoolOf[],
  /** What the server lets ordinary users open: max_connections without those kept for superusers. */
  server: { readonly maxConnections: number; readonly kept: number },
): Evidence {
  const sum = pools.reduce((total, pool) => total + pool.replicas * pool.size, expected.reserve);
  const free = server.maxConnections - server.kept;
  const formula = pools.map(({ service, replicas, size }) => `${service} ${replicas} × ${size}`).join(' + ');
  const text = `${formula} + ${expected.reserve} = ${sum} of ${free} connections`;
  return judgeFaults(sum > free ? [text] : [], text, {
    expected: `at most ${free} connections (max_connections ${server.maxConnections}, ${server.kept} kept)`,
    measured: `${sum}`,
    next: 'Make the pools smaller, or raise max_connections, or put a pooler between.',
  });
}

/** Which services hold how many connections. Throws `configuration` for a service that does not exist. */
function poolsOf(
  services: readonly DeclaredService[],
  pool: number | Readonly<Record<string, number>>,
): readonly PoolOf[] {
  if (typeof pool === 'number') {
    return services.map(({ name, replicas }) => ({ service: name, replicas, size: pool }));
  }
  return Object.entries(pool).map(([name, own]) => {
    const service = services.find((one) => one.name === name);
    if (service !== undefined) return { service: name, replicas: service.replicas, size: own };
    throw new HoldpointError('configuration', `database.pool names '${name}', which is no service`, {
      next: `Write one of ${services.map((one) => one.name).join(', ')}.`,
    });
  });
}

const LIMITS = `select current_setting('max_connections')::int as "maxConnections",
  current_setting('superuser_reserved_connections')::int
    + coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0) as kept`;

export const pool: Check = {
  id: ID,
  timeLimit: 20_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    if (subject.databaseUrl === undefined) return notApplicable('no database is declared');
    const pools = settings.pool === undefined ? [] : poolsOf(subject.services, settings.pool);
    if (pools.length === 0) {
      return inconclusive('no pool size is declared', "Write it under 'pool' in the check's settings.");
    }
    const [server] = await looking(subject, probe, (session) =>
      session.query<{ maxConnections: number; kept: number }>(LIMITS),
    );
    return judgePool(settings, pools, server ?? { maxConnections: 0, kept: 0 });
  },
};
