import { HoldpointError } from '../../kernel/errors.ts';

/** The byte position of a log sequence number as PostgreSQL writes it, such as `16/B374D848`. */
export function parseLsn(text: string): bigint {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  if (!match) throw new HoldpointError('internal', `'${text}' is not a log sequence number`);
  return (BigInt(`0x${match[1]}`) << 32n) + BigInt(`0x${match[2]}`);
}

/**
 * The names of the write-ahead log's files from the record at `start` to the one that ends at `stop`: timeline, upper
 * and lower part of the segment's number, eight hexadecimal digits each (PostgreSQL's `xlog_internal.h`).
 */
export function walSegments(
  timeline: number,
  start: string,
  stop: string,
  segmentSize: number,
): readonly string[] {
  const size = BigInt(segmentSize);
  const perUpper = 0x1_0000_0000n / size;
  const names: string[] = [];
  // A record that ends at a boundary lies in the segment before it.
  const last = (parseLsn(stop) - 1n) / size;
  for (let segment = parseLsn(start) / size; segment <= last; segment += 1n) {
    const parts = [BigInt(timeline), segment / perUpper, segment % perUpper];
    names.push(parts.map((part) => part.toString(16).toUpperCase().padStart(8, '0')).join(''));
  }
  return names;
}
