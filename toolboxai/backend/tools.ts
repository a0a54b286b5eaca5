import type { FastifyInstance, FastifyReply } from 'fastify';
import { SCHEMA } from '../service/build-constants.ts';
import { userOf } from './authentication.ts';
import type { Context } from './context.ts';

interface ToolInput {
  readonly name: string;
  readonly kind: string;
  readonly prompt: string;
  readonly description: string;
}

// What a version knows follows from the migration it needs: 4 adds the description, 5 drops the prompt.
const TEXT_COLUMNS = (['name', 'kind', 'prompt', 'description'] as const).filter(
  (column) => !(column === 'description' && SCHEMA < 4) && !(column === 'prompt' && SCHEMA >= 5),
);
const COLUMNS = `id, ${TEXT_COLUMNS.join(', ')}, updated_at AS "updatedAt"`;
const PLACES = TEXT_COLUMNS.map((_column, index) => `$${index + 2}`);
const LIST_LIMIT = 100;

/** Appends the event in the same statement, so that neither exists without the other. */
const withEvent = (change: string, kind: string): string =>
  `WITH changed AS (${change}) SELECT ${COLUMNS}, append_event(user_id, '${kind}',
     jsonb_build_object('toolId', id, 'name', name)) AS "eventId" FROM changed`;

const INSERT = withEvent(
  `INSERT INTO tools (user_id, ${TEXT_COLUMNS.join(', ')}) VALUES ($1, ${PLACES.join(', ')}) RETURNING *`,
  'tool.created',
);
const UPDATE = withEvent(
  `UPDATE tools SET ${TEXT_COLUMNS.map((column, index) => `${column} = ${PLACES[index]}`).join(', ')},
     updated_at = now() WHERE user_id = $1 AND id = $${TEXT_COLUMNS.length + 2} RETURNING *`,
  'tool.updated',
);
const DELETE = withEvent('DELETE FROM tools WHERE user_id = $1 AND id = $2 RETURNING *', 'tool.deleted');

const BODY = {
  type: 'object',
  required: ['name', 'kind'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 100 },
    kind: { type: 'string', enum: ['summary', 'key-phrases', 'statistics', 'completion'] },
    prompt: { type: 'string', maxLength: 2000, default: '' },
    description: { type: 'string', maxLength: 2000, default: '' },
  },
} as const;
const PARAMS = { type: 'object', properties: { id: { type: 'integer', minimum: 1 } } } as const;

type ToolRow = Record<string, unknown> & { eventId: number };

const valuesOf = (body: ToolInput): readonly string[] => TEXT_COLUMNS.map((column) => body[column]);

/** /tools: list, read, create, replace, delete; each only for the user's own tools. */
export async function toolRoutes(app: FastifyInstance, { pool, signal }: Context): Promise<void> {
  function answer(reply: FastifyReply, status: number, row: ToolRow | undefined): FastifyReply {
    if (!row) return reply.code(404).send({ error: 'no such tool' });
    const { eventId, ...tool } = row;
    signal.announce();
    return reply
      .code(status)
      .header('x-event-id', eventId)
      .send(status === 204 ? null : tool);
  }

  app.get('/tools', async (request) => {
    const sql = `SELECT ${COLUMNS} FROM tools WHERE user_id = $1 ORDER BY id DESC LIMIT ${LIST_LIMIT}`;
    return { tools: (await pool.query(sql, [userOf(request).id])).rows };
  });
  app.get<{ Params: { id: number } }>(
    '/tools/:id',
    { schema: { params: PARAMS } },
    async (request, reply) => {
      const found = await pool.query(`SELECT ${COLUMNS} FROM tools WHERE user_id = $1 AND id = $2`, [
        userOf(request).id,
        request.params.id,
      ]);
      return found.rows[0] ?? reply.code(404).send({ error: 'no such tool' });
    },
  );
  app.post<{ Body: ToolInput }>('/tools', { schema: { body: BODY } }, async (request, reply) => {
    const made = await pool.query<ToolRow>(INSERT, [userOf(request).id, ...valuesOf(request.body)]);
    return answer(reply, 201, made.rows[0]);
  });
  app.put<{ Body: ToolInput; Params: { id: number } }>(
    '/tools/:id',
    { schema: { body: BODY, params: PARAMS } },
    async (request, reply) => {
      const values = [userOf(request).id, ...valuesOf(request.body), request.params.id];
      return answer(reply, 200, (await pool.query<ToolRow>(UPDATE, values)).rows[0]);
    },
  );
  app.delete<{ Params: { id: number } }>(
    '/tools/:id',
    { schema: { params: PARAMS } },
    async (request, reply) => {
      const gone = await pool.query<ToolRow>(DELETE, [userOf(request).id, request.params.id]);
      return answer(reply, 204, gone.rows[0]);
    },
  );
}
