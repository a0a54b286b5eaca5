import { asHoldpointError, HoldpointError } from '../../kernel/errors.ts';
import type { Vault } from '../vault/vault.ts';
import { type SetManifest, setManifest } from './manifest.ts';
import { readProof, type SetProof } from './proof.ts';

export interface ListedSet {
  readonly manifest: SetManifest;
  /** As it was sealed, byte for byte. */
  readonly text: string;
  /** What a restored copy last showed; undefined when none was made. */
  readonly proof: SetProof | undefined;
}

/** A backup that is there and cannot be read. */
export interface DamagedSet {
  readonly id: string;
  readonly problem: string;
}

export interface SetList {
  /** Newest first. */
  readonly sets: readonly ListedSet[];
  readonly damaged: readonly DamagedSet[];
}

/** Whose backups are meant, where several systems share a vault. */
export interface Belonging {
  readonly system: string;
  readonly environment: string;
}

/** Questions asked at once; each may be a process. */
const AT_ONCE = 4;

/** All backups of a system in its environment. */
export async function listSets(vault: Vault, whose: Belonging, signal?: AbortSignal): Promise<SetList> {
  const waiting = [...(await vault.list(signal))];
  const sets: ListedSet[] = [];
  const damaged: DamagedSet[] = [];
  const work = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      try {
        const text = await vault.manifest(id, signal);
        const manifest = readManifest(id, text);
        if (manifest.system !== whose.system || manifest.environment !== whose.environment) continue;
        sets.push({ manifest, text, proof: await readProof(vault, id, text, signal) });
      } catch (thrown) {
        signal?.throwIfAborted();
        const { code, message } = asHoldpointError(thrown);
        // Removed by another between the two questions.
        if (code === 'not-found') continue;
        if (code !== 'tampered') throw thrown;
        damaged.push({ id, problem: message });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { sets: sets.toSorted((a, b) => newestFirst(a.manifest, b.manifest)), damaged };
}

const newestFirst = (a: SetManifest, b: SetManifest): number => b.at - a.at || (a.id < b.id ? 1 : -1);

/** Throws `tampered` when it is none, or that of another backup. */
function readManifest(id: string, text: string): SetManifest {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    content = undefined;
  }
  const read = setManifest.safeParse(content);
  if (read.success && read.data.id === id) return read.data;
  throw new HoldpointError('tampered', `the manifest of '${id}' cannot be read`, {
    ...(read.success ? { details: [`it is that of '${read.data.id}'`] } : { cause: read.error }),
    next: 'Restore another backup, and look for the fault of the disk.',
  });
}
