import type { Pool } from '../database/pool.ts';
import type { OutboxEvent } from './event.ts';

const COLUMNS = 'id, user_id AS "userId", kind, payload';

/** Events of everybody after `id`, oldest first. */
export async function eventsAfter(pool: Pool, id: number, limit: number): Promise<readonly OutboxEvent[]> {
  const found = await pool.query<OutboxEvent>(
    `SELECT ${COLUMNS} FROM outbox WHERE id > $1 ORDER BY id LIMIT $2`,
    [id, limit],
  );
  return found.rows;
}

/** Events of one user after `id`, oldest first. */
export async function eventsOfUserAfter(
  pool: Pool,
  userId: number,
  id: number,
  limit: number,
): Promise<readonly OutboxEvent[]> {
  const found = await pool.query<OutboxEvent>(
    `SELECT ${COLUMNS} FROM outbox WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
    [userId, id, limit],
  );
  return found.rows;
}

/** The newest id, 0 when there is none. */
export async function newestEventId(pool: Pool): Promise<number> {
  const found = await pool.query<{ id: number }>('SELECT coalesce(max(id), 0)::bigint AS id FROM outbox');
  return found.rows[0]?.id ?? 0;
}
