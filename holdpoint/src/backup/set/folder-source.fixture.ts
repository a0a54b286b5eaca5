import { cp, mkdir, rename } from 'node:fs/promises';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Source } from '../sources/source.ts';

/** A folder as a source: lent as it lies there, and put back beside what was there before. */
export function folderSource(
  label: string,
  folder: string,
  now: () => number,
  more: { readonly failing?: string; readonly kind?: Source['kind'] } = {},
): Source {
  return {
    name: `volume:${label}`,
    kind: more.kind ?? 'volume',
    async capture(_scratch, use) {
      if (more.failing !== undefined) throw new Error(more.failing);
      return use({ folder, at: now(), consistency: { kind: 'quiet', how: 'nobody used it' }, facts: {} });
    },
    prove: async (): Promise<Evidence> => ({ verdict: 'pass', summary: 'is there' }),
    async putBack(restored) {
      const kept = `${folder}.before`;
      await rename(folder, kept);
      await mkdir(folder);
      await cp(restored, folder, { recursive: true, preserveTimestamps: true });
      return { kept };
    },
  };
}
