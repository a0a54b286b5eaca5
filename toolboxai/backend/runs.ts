import type { FastifyInstance } from 'fastify';
import { SCHEMA } from '../service/build-constants.ts';
import { userOf } from './authentication.ts';
import type { Context } from './context.ts';

const FIELDS = `id, tool_id AS "toolId", upload_id AS "uploadId", kind, state, progress, attempts, result, error,
  created_at AS "createdAt", finished_at AS "finishedAt"`;
const PROMPT = SCHEMA >= 5 ? 't.description' : 't.prompt';
// Kind and prompt are copied, so that editing or deleting the tool does not change a run that waits.
const INSERT = `WITH made AS (
    INSERT INTO runs (user_id, tool_id, upload_id, kind, prompt)
    SELECT t.user_id, t.id, u.id, t.kind, ${PROMPT} FROM tools t JOIN uploads u ON u.user_id = t.user_id
    WHERE t.user_id = $1 AND t.id = $2 AND u.id = $3 RETURNING *)
  SELECT ${FIELDS}, append_event(user_id, 'run.queued', jsonb_build_object('runId', id)) AS "eventId",
    pg_notify('runs', '') FROM made`;
const BODY = {
  type: 'object',
  required: ['toolId', 'uploadId'],
  properties: { toolId: { type: 'integer', minimum: 1 }, uploadId: { type: 'integer', minimum: 1 } },
} as const;
const PARAMS = { type: 'object', properties: { id: { type: 'integer', minimum: 1 } } } as const;

/** /runs: queue a tool over an upload, and read how far it is. */
export async function runRoutes(app: FastifyInstance, { pool, signal }: Context): Promise<void> {
  app.post<{ Body: { toolId: number; uploadId: number } }>(
    '/runs',
    { schema: { body: BODY } },
    async (request, reply) => {
      const { toolId, uploadId } = request.body;
      const made = await pool.query(INSERT, [userOf(request).id, toolId, uploadId]);
      if (!made.rows[0]) return reply.code(404).send({ error: 'no such tool or upload' });
      const { eventId, pg_notify: _notified, ...run } = made.rows[0];
      signal.announce();
      return reply
        .code(202)
        .header('x-event-id', eventId)
        .header('location', `/api/runs/${run.id}`)
        .send(run);
    },
  );
  app.get('/runs', async (request) => {
    const sql = `SELECT ${FIELDS} FROM runs WHERE user_id = $1 ORDER BY id DESC LIMIT 50`;
    return { runs: (await pool.query(sql, [userOf(request).id])).rows };
  });
  app.get<{ Params: { id: number } }>('/runs/:id', { schema: { params: PARAMS } }, async (request, reply) => {
    const sql = `SELECT ${FIELDS} FROM runs WHERE user_id = $1 AND id = $2`;
    const found = await pool.query(sql, [userOf(request).id, request.params.id]);
    return found.rows[0] ?? reply.code(404).send({ error: 'no such run' });
  });
}
