import { z } from 'zod';
import { sha256 } from '../../kernel/canonical.ts';
import type { Vault } from '../vault/vault.ts';

const NOTE = 'proof';

const proof = z.object({
  /** SHA-256 of the manifest that was proven: of any other this says nothing. */
  manifest: z.string(),
  /** Milliseconds since the Unix epoch. */
  at: z.number(),
  verdict: z.enum(['pass', 'fail']),
  summary: z.string(),
  /** Milliseconds of the restore. */
  restoredInMs: z.number().optional(),
});

/** What a restored copy of a backup last showed. */
export type SetProof = z.output<typeof proof>;

/** Keeps a result beside the backup; a later failure takes an earlier pass away. */
export async function keepProof(
  vault: Vault,
  backup: string,
  manifest: string,
  shown: Omit<SetProof, 'manifest'>,
  signal?: AbortSignal,
): Promise<void> {
  const content: SetProof = { manifest: sha256(manifest), ...shown };
  await vault.keepNote(backup, NOTE, `${JSON.stringify(content, null, 1)}\n`, signal);
}

/** What was last shown of exactly this manifest; undefined when nothing was. */
export async function readProof(
  vault: Vault,
  backup: string,
  manifest: string,
  signal?: AbortSignal,
): Promise<SetProof | undefined> {
  const text = await vault.note(backup, NOTE, signal);
  if (text === undefined) return undefined;
  try {
    const read = proof.parse(JSON.parse(text));
    return read.manifest === sha256(manifest) ? read : undefined;
  } catch {
    return undefined;
  }
}
