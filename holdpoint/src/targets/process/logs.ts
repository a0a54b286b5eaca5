import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReplicaId } from '../../kernel/ids.ts';
import { redact } from '../../kernel/redaction.ts';

/** Bytes read from the end of a log; a longer last part is not looked at. */
const LAST_PART = 256 * 1024;

export const logFile = (state: string, replica: ReplicaId): string => join(state, 'logs', `${replica}.log`);

/** The last lines of a file, redacted; none when there is no file. */
export async function lastLines(
  path: string,
  count: number,
  secrets: readonly string[],
): Promise<readonly string[]> {
  const text = await lastPart(path);
  // Masked before it is cut into lines, since a secret may hold a line break.
  const lines = redact(text, secrets).replace(/\n$/, '').split('\n');
  return text === '' || count <= 0 ? [] : lines.slice(-count);
}

async function lastPart(path: string): Promise<string> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - LAST_PART);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.toString('utf8', 0, bytesRead);
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await file.close();
  }
}
