import { z } from 'zod';
import { sha256 } from '../../kernel/canonical.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { digest } from '../../kernel/ids.ts';
import type { CopiedFile } from './data-copy.ts';

const schema = z.object({
  'PostgreSQL-Backup-Manifest-Version': z.union([z.literal(1), z.literal(2)]),
  Files: z.array(
    z.object({
      Path: z.string().optional(),
      /** Of a path that is no UTF-8, in hexadecimal. */
      'Encoded-Path': z.string().optional(),
      Size: z.int().min(0),
      'Checksum-Algorithm': z.literal('SHA256'),
      Checksum: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  'WAL-Ranges': z.tuple([
    z.object({ Timeline: z.int().min(1), 'Start-LSN': z.string(), 'End-LSN': z.string() }),
  ]),
  'Manifest-Checksum': z.string(),
});

/** What pg_basebackup wrote of its copy. */
export interface ClientManifest {
  readonly files: readonly CopiedFile[];
  readonly timeline: number;
  readonly startLsn: string;
  readonly stopLsn: string;
}

/**
 * Reads a `backup_manifest` (PostgreSQL's manual, "Backup Manifest Format"). Throws `tampered` when it is not what
 * PostgreSQL wrote, by its own checksum, and `conflict` for a path that is no text.
 */
export function parseClientManifest(text: string): ClientManifest {
  // It covers all that stands before its own line.
  const covered = text.slice(0, text.lastIndexOf('"Manifest-Checksum"'));
  const parsed = schema.safeParse(json(text));
  if (!parsed.success || parsed.data['Manifest-Checksum'] !== sha256(covered)) {
    throw new HoldpointError('tampered', 'the manifest of pg_basebackup is not what it wrote', {
      cause: parsed.error,
      next: 'Take the backup again, and look after the disk that holds it.',
    });
  }
  const [range] = parsed.data['WAL-Ranges'];
  const files = parsed.data.Files.map((file) => {
    if (file.Path === undefined) {
      throw new HoldpointError('conflict', `the name of a file is no text: ${file['Encoded-Path'] ?? ''}`, {
        next: 'Remove that file from the data directory: PostgreSQL itself never names one so.',
      });
    }
    return { path: file.Path, bytes: file.Size, sha256: digest(file.Checksum) };
  });
  const { Timeline: timeline, 'Start-LSN': startLsn, 'End-LSN': stopLsn } = range;
  return { files, timeline, startLsn, stopLsn };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
