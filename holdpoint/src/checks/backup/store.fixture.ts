import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../kernel/canonical.ts';
import { NOW, temporaryFolder } from '../subject.fixture.ts';

interface Given {
  /** Milliseconds before now. */
  readonly age: number;
  readonly provenAgo?: number;
  readonly restoredInMs?: number;
  readonly torn?: boolean;
}

/** A folder of backups as the engine leaves them, below a specification's folder, which it yields. */
export async function backups(given: Readonly<Record<string, Given>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, { age, provenAgo, restoredInMs, torn }] of Object.entries(given)) {
    const own = join(folder, 'backups', name);
    await mkdir(own, { recursive: true });
    const manifest = JSON.stringify({ format: 1, consistency: { at: NOW - age } });
    await writeFile(join(own, 'manifest.json'), torn === true ? manifest.slice(0, 20) : manifest);
    if (provenAgo === undefined) continue;
    const proof = { manifest: sha256(manifest), provenAt: NOW - provenAgo, proof: { restoredInMs } };
    await writeFile(join(own, 'proof.json'), JSON.stringify(proof));
  }
  return folder;
}
