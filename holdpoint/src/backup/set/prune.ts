import { type RetentionPolicy, retained } from '../retention.ts';
import type { Vault } from '../vault/vault.ts';
import type { ListedSet } from './list.ts';

export interface PruneRequest {
  readonly vault: Vault;
  readonly sets: readonly ListedSet[];
  readonly policy: RetentionPolicy;
  /** Runs whose releases may still have to go back. */
  readonly liveRuns: readonly string[];
  /** Says what would go, and removes nothing. */
  readonly dry?: boolean;
}

export interface Pruned {
  /** Oldest first. */
  readonly removed: readonly string[];
  /** Why each of the others stays, newest first. */
  readonly kept: readonly { readonly id: string; readonly reasons: readonly string[] }[];
}

/** Removes what the policy lets go. What cannot be read is left alone: nobody can tell what it is. */
export async function pruneSets(request: PruneRequest, signal?: AbortSignal): Promise<Pruned> {
  const { vault, sets, policy, liveRuns, dry } = request;
  const backups = sets.map(({ manifest: { id, at }, proof }) => {
    return { id, at, verified: proof?.verdict === 'pass' };
  });
  const needed = sets
    .filter(({ manifest }) => manifest.run !== undefined && liveRuns.includes(manifest.run))
    .map(({ manifest }) => manifest.id);
  const { kept, going } = retained(backups, policy, needed);
  if (dry !== true) {
    for (const id of going) await vault.remove(id, signal);
    if (going.length > 0) await vault.tidy?.(signal);
  }
  return { removed: going, kept };
}
