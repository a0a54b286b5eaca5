import type { FileHandle } from 'node:fs/promises';

/** Told of each whole line; undefined for one that is longer than is sensible. */
export type OnLine = (line: string | undefined) => void;

/** Where reading goes on: the beginning of a line, or the midst of one that is too long. */
export interface Position {
  readonly offset: number;
  readonly skipping: boolean;
}

const PART = 256 * 1_024;
const LONGEST_LINE = 64 * 1_024;
const NEWLINE = 0x0a;

/** Reads the whole lines from a position up to the present end. A line without its end is left for the next time. */
export async function readLines(file: FileHandle, from: Position, onLine: OnLine): Promise<Position> {
  const { size } = await file.stat();
  let { offset, skipping } = from;
  let begun = Buffer.alloc(0);
  for (let at = offset; at < size; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(PART, size - at)), { position: at });
    if (bytesRead === 0) break;
    at += bytesRead;
    let rest = Buffer.concat([begun, buffer.subarray(0, bytesRead)]);
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      if (!skipping) onLine(end > LONGEST_LINE ? undefined : rest.toString('utf8', 0, end).trimEnd());
      skipping = false;
      rest = rest.subarray(end + 1);
    }
    if (rest.length > LONGEST_LINE) {
      if (!skipping) onLine(undefined);
      skipping = true;
    }
    // What is skipped need not be read again.
    begun = skipping ? Buffer.alloc(0) : Buffer.from(rest);
    offset = at - begun.length;
  }
  return { offset, skipping };
}

/** The beginning of the line that is being written, seen from the end. */
export async function lastLineOf(file: FileHandle): Promise<Position> {
  const { size } = await file.stat();
  const from = Math.max(0, size - LONGEST_LINE);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(size - from), { position: from });
  const newline = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
  if (newline === -1 && from > 0) return { offset: size, skipping: true };
  return { offset: from + newline + 1, skipping: false };
}

/** Whole lines of the last bytes of a file. */
export async function readLastLines(file: FileHandle, bytes: number, onLine: OnLine): Promise<void> {
  const { size } = await file.stat();
  const offset = Math.max(0, size - bytes);
  await readLines(file, { offset, skipping: offset > 0 }, onLine);
}
