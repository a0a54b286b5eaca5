import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asHoldpointError, HoldpointError } from '../../kernel/errors.ts';
import type { Source } from '../sources/source.ts';
import type { Vault } from '../vault/vault.ts';
import { fetchPart } from './fetch.ts';
import type { SetManifest, SetPart } from './manifest.ts';
import { withRooms } from './room.ts';

export interface RestoreRequest {
  readonly vault: Vault;
  readonly manifest: SetManifest;
  readonly sources: readonly Source[];
  /** As `partsToRestore` chose them. */
  readonly parts: readonly SetPart[];
  readonly scratch: string;
  readonly onStep?: ((line: string) => void) | undefined;
}

export interface RestoredPart {
  readonly source: string;
  readonly files: number;
  readonly bytes: number;
  /** Where the data lies that was there before. */
  readonly kept: string;
}

/**
 * The parts that are meant: those that are named, or all. Of a database that is in it twice, as the server's files and
 * as a dump, the files are: a dump goes in only by its name. Throws `not-found` for what is not in the backup.
 */
export function partsToRestore({ id, parts }: SetManifest, named: readonly string[]): readonly SetPart[] {
  const missing = named.filter((name) => !parts.some(({ source }) => source === name));
  if (missing.length > 0) {
    throw new HoldpointError('not-found', `${missing.join(', ')} is not in the backup '${id}'`, {
      details: parts.map(({ source }) => source),
      next: 'Name what is in it with --source.',
    });
  }
  if (named.length > 0) return parts.filter(({ source }) => named.includes(source));
  const physical = parts.some(({ kind }) => kind === 'postgres-physical');
  return parts.filter(({ kind }) => !physical || kind !== 'postgres-dump');
}

/**
 * Puts the parts back. First all are fetched and compared with the list of their files, and only when each is whole
 * the first one is exchanged, whose present data is kept. Throws `not-found` for a source that the specification does
 * not have any more, `tampered` before anything has changed, and `command-failed` naming what was and what was not
 * put back.
 */
export async function restoreSet(
  request: RestoreRequest,
  signal?: AbortSignal,
): Promise<readonly RestoredPart[]> {
  const { vault, manifest, parts, scratch, onStep } = request;
  const sources = parts.map((part) => ({ part, source: sourceOf(request, part) }));
  const parents: string[] = [];
  for (const { part, source } of sources)
    parents.push((await source.beside?.(part.bytes, signal)) ?? scratch);
  return withRooms(parents, async (rooms) => {
    const laid: { part: SetPart; source: Source; folder: string }[] = [];
    for (const [index, { part, source }] of sources.entries()) {
      const folder = join(rooms[index] ?? scratch, 'restored');
      await mkdir(folder, { mode: 0o700 });
      onStep?.(`fetches ${part.source} and compares ${part.files} files`);
      await fetchPart(vault, manifest, part, folder, signal);
      laid.push({ part, source, folder });
    }
    const restored: RestoredPart[] = [];
    for (const { part, source, folder } of laid) {
      onStep?.(`puts ${part.source} back`);
      try {
        const { kept } = await source.putBack(folder, signal);
        restored.push({ source: part.source, files: part.files, bytes: part.bytes, kept });
      } catch (thrown) {
        throw halfWay(parts, restored, part, thrown);
      }
    }
    return restored;
  });
}

function sourceOf({ sources, manifest }: RestoreRequest, { source: name }: SetPart): Source {
  const source = sources.find((one) => one.name === name);
  if (source !== undefined) return source;
  throw new HoldpointError(
    'not-found',
    `'${name}' is in the backup '${manifest.id}', and not in the specification`,
    {
      details: sources.map((one) => one.name),
      next: 'Name it under `backups` again, or choose others with --source.',
    },
  );
}

/** Whoever reads this has to know exactly what is new, what is old, and where the rest lies. */
function halfWay(
  parts: readonly SetPart[],
  restored: readonly RestoredPart[],
  failed: SetPart,
  thrown: unknown,
): HoldpointError {
  const error = asHoldpointError(thrown);
  const left = parts
    .map(({ source }) => source)
    .filter((name) => name !== failed.source && !restored.some(({ source }) => source === name));
  const code = restored.length === 0 ? error.code : 'command-failed';
  return new HoldpointError(code, `${failed.source} was not put back: ${error.message}`, {
    cause: error,
    details: [
      ...error.details,
      ...restored.map(({ source, kept }) => `${source} was put back; what was there before is ${kept}`),
      ...left.map((name) => `${name} was not begun`),
    ],
    next: error.next ?? 'Mend the cause, then restore what is left with --source.',
  });
}
