import { asHoldpointError } from '../../kernel/errors.ts';
import { formatBytes } from '../../kernel/quantities.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Vault } from '../vault/vault.ts';
import { fetchPart } from './fetch.ts';
import type { SetManifest, SetPart } from './manifest.ts';
import { withRoom } from './room.ts';

export interface VerifiedPart {
  readonly source: string;
  readonly evidence: Evidence;
}

/**
 * Reads every part back from where it lies and compares it with the list of its files. What is wrong with the backup
 * is a `fail`, also when all of it is gone; what keeps it from being read is thrown.
 */
export async function verifySet(
  vault: Vault,
  manifest: SetManifest,
  scratch: string,
  signal?: AbortSignal,
): Promise<readonly VerifiedPart[]> {
  const verified: VerifiedPart[] = [];
  for (const part of manifest.parts) {
    const evidence = await withRoom(scratch, (room) => verifyPart(vault, manifest, part, room, signal));
    verified.push({ source: part.source, evidence });
  }
  return verified;
}

async function verifyPart(
  vault: Vault,
  manifest: SetManifest,
  part: SetPart,
  room: string,
  signal: AbortSignal | undefined,
): Promise<Evidence> {
  const measured = `${part.files} files, ${formatBytes(part.bytes)}`;
  try {
    await fetchPart(vault, manifest, part, room, signal);
    return { verdict: 'pass', summary: `${measured}, each as it was`, measured };
  } catch (thrown) {
    signal?.throwIfAborted();
    const { code, message, details, next } = asHoldpointError(thrown);
    if (code !== 'tampered') throw thrown;
    return { verdict: 'fail', summary: message, details, ...(next === undefined ? {} : { next }) };
  }
}
