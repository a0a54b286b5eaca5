import { expect, test } from 'vitest';
import { sha256 } from '../../kernel/canonical.ts';
import { parseClientManifest } from './client-manifest.ts';

const CHECKSUM = 'a'.repeat(64);
const file = `"Path": "base/1/1247", "Size": 8192, "Last-Modified": "2026-11-23 02:10:21 GMT"`;
const RANGE = '{ "Timeline": 1, "Start-LSN": "0/2B000028", "End-LSN": "0/2B000100" }';

function written(
  more: { file?: string; algorithm?: string; ranges?: string; version?: number } = {},
): string {
  const covered = `{ "PostgreSQL-Backup-Manifest-Version": ${more.version ?? 1},
"Files": [
{ ${more.file ?? file}, "Checksum-Algorithm": "${more.algorithm ?? 'SHA256'}", "Checksum": "${CHECKSUM}" }
],
"WAL-Ranges": [
${more.ranges ?? RANGE}
],
`;
  return `${covered}"Manifest-Checksum": "${sha256(covered)}"}\n`;
}

test('the digests, the timeline and both ends of the log are read', () => {
  expect(parseClientManifest(written())).toEqual({
    files: [{ path: 'base/1/1247', bytes: 8192, sha256: CHECKSUM }],
    timeline: 1,
    startLsn: '0/2B000028',
    stopLsn: '0/2B000100',
  });
  expect(parseClientManifest(written({ version: 2 })).timeline).toBe(1);
});

test.each([
  ['a byte was changed', written().replace('8192', '8193')],
  ['the digests are of another kind', written({ algorithm: 'CRC32C' })],
  ['the log changes its timeline', written({ ranges: `${RANGE},${RANGE}` })],
  ['the version is unknown', written({ version: 3 })],
  ['it is torn', written().slice(0, 150)],
  ['it is empty', ''],
])('a manifest is refused when %s', (_, text) => {
  expect(() => parseClientManifest(text)).toThrow(expect.objectContaining({ code: 'tampered' }));
});

test('a file whose name is no text is named, for it cannot be kept', () => {
  const odd = written({ file: '"Encoded-Path": "ff", "Size": 1' });
  expect(() => parseClientManifest(odd)).toThrow(expect.objectContaining({ code: 'conflict' }));
});
