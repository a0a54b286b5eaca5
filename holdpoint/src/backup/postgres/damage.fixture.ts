import { open } from 'node:fs/promises';
import { withSession } from '../../system/postgres/connection.ts';

/** Where a table's rows are, relative to the data directory. */
export async function relationFile(url: string, table: string): Promise<string> {
  const [row] = await withSession(url, { statementTimeout: 10_000 }, (session) =>
    session.query<{ path: string }>('select pg_relation_filepath($1) as path', [table]),
  );
  return row?.path ?? '';
}

/** What a failing disk does. Twice is none. */
export async function flipBit(path: string, at: number): Promise<void> {
  const handle = await open(path, 'r+');
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
  buffer[0] = (buffer[0] ?? 0) ^ 0b100;
  await handle.write(buffer, 0, 1, at).finally(() => handle.close());
}
