import type { Check } from '../checks/check.ts';
import type { CheckId } from '../kernel/ids.ts';
import { databaseConnections } from './checks/database-connections.ts';
import { logs } from './checks/logs.ts';
import { redis } from './checks/redis.ts';

/** What is looked at once, at the end of the watch, beside the metrics that are watched all the time. */
const BUILT: ReadonlyMap<CheckId, Check> = new Map(
  [databaseConnections, redis, logs].map((check) => [check.id, check]),
);

/** The watch's check of this id, or what `otherwise` knows of it: also an item bound to another group's check. */
export function watchCheckFor(id: CheckId, otherwise: (id: CheckId) => Check): Check {
  return BUILT.get(id) ?? otherwise(id);
}
