import type { Pool } from '../database/pool.ts';

/** A run that this worker holds. `attempt` fences: a worker whose lease was lost can no longer write. */
export interface Job {
  readonly id: number;
  readonly userId: number;
  readonly kind: string;
  readonly prompt: string;
  readonly attempt: number;
  readonly text: string | null;
}

const CLAIM = `UPDATE runs r SET state = 'running', worker = $1, attempts = attempts + 1,
    lease_until = now() + $2 * interval '1 second', progress = 0
  WHERE id = (SELECT id FROM runs
    WHERE state IN ('queued', 'running') AND coalesce(lease_until, '-infinity') < now()
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id, user_id AS "userId", kind, prompt, attempts AS attempt,
    (SELECT content FROM uploads u WHERE u.id = r.upload_id) AS text`;
const HELD = "id = $1 AND attempts = $2 AND worker = $3 AND state = 'running'";
const HEARTBEAT = `UPDATE runs SET lease_until = now() + $4 * interval '1 second' WHERE ${HELD}`;
const RELEASE = `UPDATE runs SET state = 'queued', worker = NULL, lease_until = NULL, attempts = attempts - 1
  WHERE ${HELD} RETURNING pg_notify('runs', '')`;
// A queued run with a lease in the future waits for it: one second after the first attempt, then two, four.
const RETRY = `UPDATE runs SET state = 'queued', worker = NULL, error = $4,
    lease_until = now() + power(2, attempts - 1) * interval '1 second' WHERE ${HELD}`;

function withEvent(change: string, kind: string): string {
  return `WITH changed AS (UPDATE runs SET ${change} WHERE ${HELD} RETURNING *)
    SELECT append_event(user_id, '${kind}',
      jsonb_build_object('runId', id, 'state', state, 'progress', progress, 'error', error)) FROM changed`;
}
const PROGRESS = withEvent('progress = $4', 'run.progress');
const DONE = withEvent(
  "state = 'done', progress = 100, result = $4, error = NULL, lease_until = NULL, finished_at = now()",
  'run.done',
);
const FAILED = withEvent(
  "state = 'failed', error = $4, lease_until = NULL, finished_at = now()",
  'run.failed',
);

/** Runs as a queue in PostgreSQL. The writes answer false when the lease has gone to another worker. */
export interface Queue {
  claim(): Promise<Job | null>;
  heartbeat(job: Job): Promise<boolean>;
  progress(job: Job, percent: number): Promise<boolean>;
  finish(job: Job, result: unknown): Promise<boolean>;
  fail(job: Job, error: string): Promise<boolean>;
  /** Back into the queue, the attempt counted; taken again after a pause that doubles. */
  retry(job: Job, error: string): Promise<boolean>;
  /** Back into the queue, as if it had not been taken. */
  release(job: Job): Promise<boolean>;
}

/** The queue as seen by one worker, whose name must be unique among those alive. */
export function createQueue(pool: Pool, worker: string, leaseSeconds: number): Queue {
  const write = async (sql: string, job: Job, ...value: unknown[]): Promise<boolean> =>
    (await pool.query(sql, [job.id, job.attempt, worker, ...value])).rowCount === 1;
  return {
    claim: async () => (await pool.query<Job>(CLAIM, [worker, leaseSeconds])).rows[0] ?? null,
    heartbeat: (job) => write(HEARTBEAT, job, leaseSeconds),
    progress: (job, percent) => write(PROGRESS, job, percent),
    finish: (job, result) => write(DONE, job, JSON.stringify(result)),
    fail: (job, error) => write(FAILED, job, error),
    retry: (job, error) => write(RETRY, job, error),
    release: (job) => write(RELEASE, job),
  };
}
