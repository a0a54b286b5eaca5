import { join } from 'node:path';
import { z } from 'zod';
import { type Json, sha256 } from '../../kernel/canonical.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Digest } from '../../kernel/ids.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';

const MANIFEST = 'manifest.json';
export const FILES = 'files';

const count = z.int().min(0);

const counted = z.strictObject({
  database: z.string(),
  schema: z.string(),
  table: z.string(),
  /** Fewest and most rows that the table can have had at the consistency point. */
  least: count,
  most: count,
  /** Of its rows, when nothing was written to it around that point and it was small enough. */
  fingerprint: z.string().optional(),
});

/** Statistics read shortly before the consistency point. */
const writes = z.strictObject({
  epoch: z.string(),
  databases: z
    .array(
      z.strictObject({
        name: z.string(),
        oid: count,
        reset: z.string().nullable(),
        tables: z
          .array(
            z.strictObject({
              ...{ relid: count, schema: z.string(), table: z.string(), file: count },
              ...{ inserted: count, updated: count, deleted: count },
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
});

const manifestSchema = z.strictObject({
  /** 1 has neither fingerprints nor statistics, and tells no way. */
  format: z.union([z.literal(1), z.literal(2)]),
  way: z.enum(['pg_basebackup', 'pg_backup_start']).optional(),
  run: z.string(),
  server: z.strictObject({
    versionNumber: count,
    version: z.string(),
    systemIdentifier: z.string(),
    program: z.string().optional(),
    superuser: z.string(),
    dataChecksums: z.boolean(),
    walSegmentSize: count,
    settings: z.record(z.string(), z.string()),
  }),
  consistency: z.strictObject({
    startLsn: z.string(),
    stopLsn: z.string(),
    timeline: count,
    startedAt: z.number(),
    at: z.number(),
  }),
  tablespaces: z.array(z.strictObject({ oid: z.string(), location: z.string() })),
  databases: z.array(z.strictObject({ name: z.string(), bytes: count })),
  tables: z.array(counted),
  /** Permanent tables that were not counted: too large to be read twice on a working server, or closed to us. */
  uncounted: z.array(z.string()),
  writes: writes.optional(),
  bytes: count,
  folders: z.array(z.string()),
  files: z.array(
    z.strictObject({ path: z.string(), bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type CountedTable = z.infer<typeof counted>;

/** Writes a backup's last file and returns its digest. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<Digest> {
  const text = `${JSON.stringify(manifest satisfies Json, null, 1)}\n`;
  await writeAtomically(join(folder, MANIFEST), text, 0o600);
  return sha256(text);
}

/** A backup's manifest with its digest, or undefined when there is none. Throws `tampered` on an unreadable one. */
export async function readManifest(
  folder: string,
): Promise<{ readonly manifest: Manifest; readonly digest: Digest } | undefined> {
  const text = await readTextIfAny(join(folder, MANIFEST));
  if (text === undefined) return undefined;
  try {
    const manifest = manifestSchema.parse(JSON.parse(text));
    for (const path of [...manifest.folders, ...manifest.files.map((file) => file.path)]) assertInside(path);
    return { manifest, digest: sha256(text) };
  } catch (cause) {
    throw new HoldpointError('tampered', `the manifest of the backup ${folder} cannot be read`, { cause });
  }
}

/** A manifest comes from a disk: its paths must not lead out of the folder into which they are restored. */
function assertInside(path: string): void {
  if (path === '' || path.startsWith('/') || path.split('/').some((part) => part === '..' || part === '')) {
    throw new HoldpointError('tampered', `the path '${path}' leads out of the backup`);
  }
}
