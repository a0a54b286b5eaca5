import { join } from 'node:path';
import type { ReplicaId } from '../../kernel/ids.ts';
import { redact } from '../../kernel/redaction.ts';
import { lastPart } from '../../system/last-part.ts';

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
