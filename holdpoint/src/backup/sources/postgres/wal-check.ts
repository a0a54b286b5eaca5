import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../../kernel/canonical.ts';
import type { Exec } from '../../../system/exec/command.ts';
import { clientFor } from '../../../system/postgres/clients.ts';
import type { Manifest } from '../../postgres/manifest.ts';

const CHECK_WITHIN = 3_600_000;
const NAME = 'backup_manifest';

/** Pure: the manifest in the form that PostgreSQL's own programs read ("Backup Manifest Format"). */
function asPostgresManifest({ files, consistency }: Manifest): string {
  const listed = files
    .filter(({ path }) => !path.startsWith('pg_wal/'))
    .map(({ path, bytes, sha256: checksum }) =>
      JSON.stringify({
        ...{ Path: path, Size: bytes, 'Last-Modified': '2000-01-01 00:00:00 GMT' },
        ...{ 'Checksum-Algorithm': 'SHA256', Checksum: checksum },
      }),
    );
  const { timeline, startLsn, stopLsn } = consistency;
  const range = JSON.stringify({ Timeline: timeline, 'Start-LSN': startLsn, 'End-LSN': stopLsn });
  const text = `{ "PostgreSQL-Backup-Manifest-Version": 1,\n"Files": [\n${listed.join(',\n')}\n],\n"WAL-Ranges": [\n${range}\n],\n`;
  return `${text}"Manifest-Checksum": "${sha256(text)}"}\n`;
}

/**
 * What pg_verifybackup of the server's own version says of the files, and of the log that it reads record by record:
 * undefined where it is not installed, an empty list when it finds nothing wrong.
 */
export async function verifiedByClient(
  folder: string,
  manifest: Manifest,
  exec: Exec,
  signal: AbortSignal | undefined,
): Promise<readonly string[] | undefined> {
  const major = Math.floor(manifest.server.versionNumber / 10_000);
  const client = await clientFor('pg_verifybackup', major, exec, manifest.server.program);
  // One of another version cannot read this version's log.
  if (client?.major !== major) return undefined;
  const path = join(folder, NAME);
  await writeFile(path, asPostgresManifest(manifest), { mode: 0o600 });
  try {
    const result = await exec(
      {
        program: client.path,
        // Digests are compared by us; this leaves it what only it can do.
        args: ['--skip-checksums', `--manifest-path=${path}`, join(folder, 'files')],
        environment: { LC_ALL: 'C' },
      },
      { timeout: CHECK_WITHIN, ...(signal === undefined ? {} : { signal }) },
    );
    if (result.exitCode === 0) return [];
    return result.stderr
      .split('\n')
      .filter((line) => line !== '')
      .slice(0, 20);
  } finally {
    await rm(path, { force: true });
  }
}
