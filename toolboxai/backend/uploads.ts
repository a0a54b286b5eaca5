import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import { userOf } from './authentication.ts';
import type { Context } from './context.ts';

const LIST_LIMIT = 100;
const FIELDS = 'id, file_name AS "fileName", length(content) AS characters, created_at AS "createdAt"';
const INSERT = `WITH made AS (INSERT INTO uploads (user_id, file_name, content) VALUES ($1, $2, $3) RETURNING *)
  SELECT ${FIELDS}, append_event(user_id, 'upload.created',
    jsonb_build_object('uploadId', id, 'fileName', file_name)) AS "eventId" FROM made`;
const PARAMS = { type: 'object', properties: { id: { type: 'integer', minimum: 1 } } } as const;

/** The text of a file, or null when it is not UTF-8 or has a NUL, which PostgreSQL cannot hold. */
function decodeText(bytes: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

/** /uploads: one multipart file a request, kept as text in the database. */
export async function uploadRoutes(app: FastifyInstance, { pool, settings, signal }: Context): Promise<void> {
  await app.register(multipart, { limits: { files: 1, fields: 5, fileSize: settings.uploadBytes } });

  app.post('/uploads', async (request, reply) => {
    const file = await request.file();
    if (!file) return reply.code(400).send({ error: 'a multipart file is required' });
    const content = decodeText(await file.toBuffer());
    if (content === null) return reply.code(415).send({ error: 'the file is not UTF-8 text' });
    const made = await pool.query(INSERT, [
      userOf(request).id,
      file.filename.slice(0, 200) || 'text',
      content,
    ]);
    const { eventId, ...upload } = made.rows[0];
    signal.announce();
    return reply.code(201).header('x-event-id', eventId).send(upload);
  });
  app.get('/uploads', async (request) => {
    const sql = `SELECT ${FIELDS} FROM uploads WHERE user_id = $1 ORDER BY id DESC LIMIT ${LIST_LIMIT}`;
    return { uploads: (await pool.query(sql, [userOf(request).id])).rows };
  });
  app.get<{ Params: { id: number } }>(
    '/uploads/:id',
    { schema: { params: PARAMS } },
    async (request, reply) => {
      const sql = `SELECT ${FIELDS}, content FROM uploads WHERE user_id = $1 AND id = $2`;
      const found = await pool.query(sql, [userOf(request).id, request.params.id]);
      return found.rows[0] ?? reply.code(404).send({ error: 'no such upload' });
    },
  );
  app.delete<{ Params: { id: number } }>(
    '/uploads/:id',
    { schema: { params: PARAMS } },
    async (request, reply) => {
      const sql = 'DELETE FROM uploads WHERE user_id = $1 AND id = $2';
      const gone = await pool.query(sql, [userOf(request).id, request.params.id]);
      return gone.rowCount === 1 ? reply.code(204).send() : reply.code(404).send({ error: 'no such upload' });
    },
  );
}
