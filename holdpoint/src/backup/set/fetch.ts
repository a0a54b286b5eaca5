import { HoldpointError } from '../../kernel/errors.ts';
import type { Vault } from '../vault/vault.ts';
import { digestArriving } from './arriving.ts';
import { compareEntries, type Entry, parseEntries } from './entries.ts';
import type { SetManifest, SetPart } from './manifest.ts';
import { together } from './together.ts';
import { listTree } from './tree.ts';

const SHOWN = 20;

/** Milliseconds that the two halves of `fetchPart` took, and what it has read. */
export interface Fetched {
  readonly fetched: number;
  readonly compared: number;
  readonly entries: readonly Entry[];
}

/**
 * Fetches a part into an empty folder and compares it with the list of its files, entry by entry. Throws `tampered`
 * naming what is missing, extra or changed; nothing is then left in the folder but what the vault gave.
 */
export async function fetchPart(
  vault: Vault,
  { id }: Pick<SetManifest, 'id'>,
  part: SetPart,
  into: string,
  signal?: AbortSignal,
): Promise<Fetched> {
  const began = performance.now();
  const arriving = new AbortController();
  // At once, since a vault in another place takes its time for each answer.
  const [{ expected, early }] = await together(signal, (both) => [
    vault.read(id, part.entries, both).then((text) => {
      const entries = parseEntries(text);
      return { expected: entries, early: digestArriving(into, entries, arriving.signal) };
    }),
    vault.fetch(id, part.tree, into, both).finally(() => arriving.abort()),
  ]);
  const fetched = performance.now();
  const found = await listTree(into, { signal, known: await early });
  // Only root may give files to others; the rest of the comparison is as good without.
  const owners = process.getuid?.() === 0;
  const differences = compareEntries(expected, found.entries, { owners });
  const count = expected.filter(({ kind }) => kind === 'file').length;
  const whole = count === part.files && found.bytes === part.bytes;
  if (differences.length === 0 && whole) {
    const { entries } = found;
    return { fetched: fetched - began, compared: performance.now() - fetched, entries };
  }
  throw new HoldpointError('tampered', `${part.source} of '${id}' is not what was backed up`, {
    details: [
      ...differences.slice(0, SHOWN),
      ...(differences.length > SHOWN ? [`and ${differences.length - SHOWN} more`] : []),
      ...(whole ? [] : [`${count} files of ${found.bytes} bytes instead of ${part.files} of ${part.bytes}`]),
    ],
    next: 'Restore another backup, and look for the fault of where this one lies.',
  });
}
