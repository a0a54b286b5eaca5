import { HoldpointError } from '../kernel/errors.ts';
import type { CheckId } from '../kernel/ids.ts';
import { objectives } from './backup/objectives.ts';
import { recoveryPlan } from './backup/recovery-plan.ts';
import { restore } from './backup/restore.ts';
import { retention } from './backup/retention.ts';
import { schedule } from './backup/schedule.ts';
import { strategy } from './backup/strategy.ts';
import { findProbe, type ProbeEntry, type ProbeTarget } from './catalog.ts';
import type { Check, Subject } from './check.ts';
import { changelog } from './code/changelog.ts';
import { ci } from './code/ci.ts';
import { merged } from './code/merged.ts';
import { review } from './code/review.ts';
import { scan } from './code/scan.ts';
import { tag } from './code/tag.ts';
import { vulnerabilities } from './code/vulnerabilities.ts';
import { database as connection } from './configuration/database.ts';
import { environment } from './configuration/environment.ts';
import { limits } from './configuration/limits.ts';
import { logging } from './configuration/logging.ts';
import { metrics } from './configuration/metrics.ts';
import { redis } from './configuration/redis.ts';
import { secrets } from './configuration/secrets.ts';
import { backup } from './database/backup.ts';
import { credentials } from './database/credentials.ts';
import { indexes } from './database/indexes.ts';
import { migrations } from './database/migrations.ts';
import { pool } from './database/pool.ts';
import { queries } from './database/queries.ts';
import { replication } from './database/replication.ts';
import { built } from './images/built.ts';
import { pushed } from './images/pushed.ts';
import { scanned } from './images/scanned.ts';
import { size } from './images/size.ts';
import { tag as imageTag } from './images/tag.ts';
import { user } from './images/user.ts';
import { dns } from './infrastructure/dns.ts';
import { network } from './infrastructure/network.ts';
import { platform } from './infrastructure/platform.ts';
import { tls } from './infrastructure/tls.ts';
import { volumes } from './infrastructure/volumes.ts';
import { alerts } from './monitoring/alerts.ts';
import { channels } from './monitoring/channels.ts';
import { oncall } from './monitoring/oncall.ts';
import { prometheus } from './monitoring/prometheus.ts';
import { slo } from './monitoring/slo.ts';
import { cors } from './security/cors.ts';
import { headers } from './security/headers.ts';
import { https } from './security/https.ts';
import { rateLimit } from './security/rate-limit.ts';
import { secrets as literalSecrets } from './security/secrets.ts';
import { notApplicable } from './verdicts.ts';

/** Every check whose code exists. */
const BUILT: readonly Check[] = [
  ...[merged, tag, changelog, ci, review, scan, vulnerabilities],
  ...[built, size, imageTag, pushed, scanned, user],
  ...[environment, secrets, connection, redis, limits, logging, metrics],
  ...[migrations, backup, credentials, pool, indexes, queries, replication],
  ...[platform, network, volumes, tls, dns],
  ...[literalSecrets, https, rateLimit, cors, headers],
  ...[prometheus, slo, oncall, alerts, channels],
  ...[strategy, schedule, restore, recoveryPlan, objectives, retention],
];

/** Built checks that read the facts of processes or containers; what other targets need for the same item comes later. */
const NOT_OF_CLUSTERS: ReadonlySet<string> = new Set([
  'configuration.limits',
  'infrastructure.platform',
  'infrastructure.network',
  'infrastructure.volumes',
  'security.secrets',
]);

/** Checks by id. Throws `internal` when two share an id. */
export function registry(checks: readonly Check[]): ReadonlyMap<CheckId, Check> {
  const byId = new Map<CheckId, Check>();
  for (const check of checks) {
    if (byId.has(check.id)) throw new HoldpointError('internal', `two checks are called '${check.id}'`);
    byId.set(check.id, check);
  }
  return byId;
}

const BUILT_BY_ID = registry(BUILT);

/** Ids of the checks whose code exists. */
export const builtChecks: readonly CheckId[] = [...BUILT_BY_ID.keys()];

/**
 * The check of an id. Where its item cannot apply to the target it answers `not-applicable` with the reason; where
 * its code does not exist yet it answers `error`, never a pass. Throws `not-found` for an id of no catalogue entry.
 */
export function checkFor(id: CheckId): Check {
  const entry = findProbe(id);
  const built = BUILT_BY_ID.get(id);
  if (entry === undefined) throw new HoldpointError('not-found', `there is no check '${id}'`);
  return {
    id,
    timeLimit: built?.timeLimit ?? 1_000,
    run: async (subject, probe) => {
      const reason = exemption(entry, subject);
      if (reason !== undefined) return notApplicable(reason);
      if (built !== undefined && isFor(built.id, subject)) return built.run(subject, probe);
      throw new HoldpointError('configuration', `not built yet for the target '${subject.target}'`, {
        next: `Let a person sign for '${entry.title}', or bind the item to another check.`,
      });
    },
  };
}

/** Why an item cannot apply here. The memory target stands for processes that are not really there. */
function exemption(entry: ProbeEntry, { target, services }: Subject): string | undefined {
  const like: ProbeTarget = target === 'memory' ? 'process' : target;
  // A declared limit is there to be checked, whatever is usual for the target.
  const declared =
    entry.id === 'configuration.limits' && services.some(({ limits: own }) => own?.memory ?? own?.cpu);
  return declared ? undefined : entry.notApplicable[like];
}

const isFor = (id: CheckId, { target }: Subject): boolean =>
  !NOT_OF_CLUSTERS.has(id) || target !== 'kubernetes';
