import type { Check } from '../checks/check.ts';
import { apiCheck } from './api.ts';
import { dashboardCheck } from './dashboard.ts';
import { databaseCheck } from './database.ts';
import { healthCheck } from './health.ts';
import { jobsCheck, loginCheck } from './journeys.ts';
import { logsCheck } from './logs.ts';
import { metricsCheck } from './metrics.ts';
import type { VerifyParts } from './parts.ts';
import { redisCheck } from './redis.ts';
import { replicasCheck } from './replicas.ts';

/** The ten items that are verified after a deployment, in the order in which they are shown. */
export function verifyChecks(parts: VerifyParts): readonly Check[] {
  return [
    replicasCheck(parts),
    healthCheck(parts),
    databaseCheck(parts),
    redisCheck(parts),
    apiCheck,
    dashboardCheck,
    loginCheck(parts),
    jobsCheck(parts),
    metricsCheck(parts),
    logsCheck(parts),
  ];
}
