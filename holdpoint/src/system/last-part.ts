import { open } from 'node:fs/promises';

/** Bytes read from the end of a log; what is longer is not looked at. */
const LAST_PART = 256 * 1024;

/** The last part of a file, starting with a whole line; empty when there is no file. */
export async function lastPart(path: string): Promise<string> {
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
