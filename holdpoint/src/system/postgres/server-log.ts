import { chown, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.ts';

const LINES = 20;
const BYTES = 16_384;

/** Where the server of a data directory logs: in its usual folder for that, which no backup takes along. */
export function serverLog(data: string): string {
  return join(data, 'log', 'server.log');
}

/** Makes the log's folder, for the account as whom the server runs. */
export async function makeLogFolder(data: string, account: Account | undefined): Promise<void> {
  const folder = join(data, 'log');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account !== undefined) await chown(folder, account.uid, account.gid);
}

/** The last lines that were written after the byte `from`; none when there is no log. */
export async function lastLines(log: string, from: number): Promise<readonly string[]> {
  const file = await open(log, 'r').catch(() => undefined);
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const start = Math.max(Math.min(from, size), size - BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.subarray(0, bytesRead).toString('utf8').trim();
    return text === '' ? [] : text.split('\n').slice(-LINES);
  } finally {
    await file.close();
  }
}
