import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { judgeFaults, notApplicable } from '../verdicts.ts';
import { looking } from './session.ts';

const ID = checkId('database.replication');

const Settings = z.strictObject({
  /** How many servers follow this one. */
  replicas: z.coerce.number().int().nonnegative().default(0),
  /** How far the slowest may be behind. */
  max: duration.default(10_000),
});

export interface Follower {
  readonly name: string;
  readonly state: string;
  /** Milliseconds; null when it has replayed everything and the primary was idle. */
  readonly lag: number | null;
}

export function judgeReplication(
  expected: { readonly replicas: number; readonly max: number },
  followers: readonly Follower[],
): Evidence {
  const streaming = followers.filter(({ state }) => state === 'streaming');
  const lags = streaming.map(({ lag }) => lag ?? 0);
  const faults = [
    ...(streaming.length < expected.replicas
      ? [`${streaming.length} of ${expected.replicas} replicas are streaming`]
      : []),
    ...streaming
      .filter(({ lag }) => (lag ?? 0) > expected.max)
      .map(({ name, lag }) => `${name} is ${formatDuration(lag ?? 0)} behind`),
  ];
  const worst = formatDuration(Math.max(0, ...lags));
  return judgeFaults(
    faults,
    `${streaming.length} of ${expected.replicas} replicas stream, at most ${worst} behind`,
    {
      expected: `${expected.replicas} replicas, at most ${formatDuration(expected.max)} behind`,
      next: "Read the replica's log, and its connection to the primary.",
    },
  );
}

const FOLLOWERS = `select coalesce(nullif(application_name, ''), client_addr::text, pid::text) as name, state,
  extract(epoch from replay_lag)::float8 * 1000 as lag from pg_stat_replication`;

export const replication: Check = {
  id: ID,
  timeLimit: 20_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    if (subject.databaseUrl === undefined) return notApplicable('no database is declared');
    if (settings.replicas === 0) return notApplicable('no database replica is declared');
    const followers = await looking(subject, probe, (session) => session.query<Follower>(FOLLOWERS));
    return judgeReplication(settings, followers);
  },
};
