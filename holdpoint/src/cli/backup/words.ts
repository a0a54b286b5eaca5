import type { ListedSet } from '../../backup/set/list.ts';
import type { SetManifest, SetPart } from '../../backup/set/manifest.ts';
import { formatBytes } from '../../kernel/quantities.ts';

export const iso = (at: number): string => new Date(at).toISOString();

/** `volume:uploads  5 files, 1.2 MB, paused` */
export function partLine({ source, files, bytes, consistency }: SetPart): string {
  const how =
    consistency.kind === 'quiet'
      ? consistency.how
      : consistency.kind === 'server'
        ? 'by the server'
        : 'while it was used';
  return `${source}  ${files} files, ${formatBytes(bytes)}, ${how}`;
}

/** Of what a backup holds, and of what it takes. */
export function sizesOf({ parts }: SetManifest): { readonly bytes: number; readonly stored: number } {
  return {
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    stored: parts.reduce((sum, { tree, entries }) => sum + tree.bytes + entries.bytes, 0),
  };
}

export function setLine({ manifest, proof }: ListedSet): string {
  const { bytes, stored } = sizesOf(manifest);
  const size = `${formatBytes(bytes)} in ${formatBytes(stored)}`;
  const names = manifest.parts.map(({ source }) => source).join(', ');
  return `${manifest.id}  ${iso(manifest.at)}  ${size}  ${proofWords(proof)}  ${names}`;
}

function proofWords(proof: ListedSet['proof']): string {
  if (proof === undefined) return 'not proven';
  return proof.verdict === 'pass' ? `proven ${iso(proof.at)}` : `FAILED ${iso(proof.at)}`;
}

/** For programs. */
export function setJson(manifest: SetManifest) {
  const { id, at, run, parts } = manifest;
  return {
    ...{ id, at, ...(run === undefined ? {} : { run }), ...sizesOf(manifest) },
    parts: parts.map(({ source, kind, files, bytes, at: taken, consistency }) => {
      return { source, kind, files, bytes, at: taken, consistency: consistency.kind };
    }),
  };
}
