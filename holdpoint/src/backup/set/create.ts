import type { Clock } from '../../kernel/clock.ts';
import { asHoldpointError, HoldpointError } from '../../kernel/errors.ts';
import type { Lent, Source } from '../sources/source.ts';
import type { Deposit, Vault } from '../vault/vault.ts';
import type { DigestMemory } from './digest-memory.ts';
import { formatEntries } from './entries.ts';
import { type SetManifest, type SetPart, setManifest } from './manifest.ts';
import { withRoom } from './room.ts';
import { together } from './together.ts';
import { listTree, type Tree } from './tree.ts';

export interface CreateRequest {
  readonly vault: Vault;
  readonly system: string;
  readonly environment: string;
  /** The run of a release that it is taken for. */
  readonly run?: string | undefined;
  readonly sources: readonly Source[];
  /** Names of all sources that the specification wants in it. */
  readonly expected: readonly string[];
  /** Where folders may be made for what has to be laid out first. */
  readonly scratch: string;
  readonly clock: Clock;
  /** Spares reading files twice that have not changed since an earlier backup. */
  readonly memory?: DigestMemory | undefined;
  /** Told before each step that takes its time. */
  readonly onStep?: ((line: string) => void) | undefined;
}

/**
 * Takes a backup of everything that is expected, or none: the first source that fails ends it, and nothing of it can
 * be seen. Throws `configuration` before anything is touched where a source is missing, else what the source or the
 * vault threw, with the source's name.
 */
export async function createSet(request: CreateRequest, signal?: AbortSignal): Promise<SetManifest> {
  const { vault, sources, expected, clock, system, environment, run } = request;
  assertComplete(sources, expected);
  const id = setId(clock.now(), run ?? environment);
  const deposit = await vault.begin(id, signal);
  try {
    const parts: SetPart[] = [];
    for (const source of sources) {
      request.onStep?.(`backs up ${source.name}`);
      parts.push(await storeSource(request, deposit, source, signal));
    }
    const manifest = setManifest.parse({
      ...{ version: 1, id, system, environment, parts },
      ...(run === undefined ? {} : { run }),
      at: Math.min(...parts.map(({ at }) => at)),
      expected: [...expected],
    });
    await deposit.seal(`${JSON.stringify(manifest, null, 1)}\n`, signal);
    return manifest;
  } catch (error) {
    // What could not be removed now is found by the next one; it must not hide why this one failed.
    await deposit.abandon().catch(() => undefined);
    throw error;
  }
}

/** `20260731T101530Z-production`: sorts by time, and is a plain name of a folder. */
function setId(at: number, name: string): string {
  const plain = name.replace(/[^\w.-]/g, '-').slice(0, 80);
  return `${new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')}-${plain}`;
}

function assertComplete(sources: readonly Source[], expected: readonly string[]): void {
  const names = sources.map(({ name }) => name);
  const missing = expected.filter((name) => !names.includes(name));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (expected.length > 0 && missing.length === 0 && twice.length === 0) return;
  const message =
    expected.length === 0
      ? 'there is nothing to back up'
      : missing.length > 0
        ? `${missing.join(', ')} should be in the backup and cannot be captured`
        : `${twice.join(', ')} would be in the backup twice`;
  throw new HoldpointError('configuration', message, {
    next: 'Name volumes, `database` or `redis` in the specification as they are.',
  });
}

async function storeSource(
  request: CreateRequest,
  deposit: Deposit,
  source: Source,
  signal: AbortSignal | undefined,
): Promise<SetPart> {
  const { scratch, onStep } = request;
  try {
    return await withRoom(scratch, (room) =>
      source.capture(
        room,
        async (lent) => {
          onStep?.(`stores ${source.name}`);
          return storeLent(request, deposit, source, lent, signal);
        },
        signal,
      ),
    );
  } catch (thrown) {
    signal?.throwIfAborted();
    const error = asHoldpointError(thrown);
    const { code, message, details, next } = error;
    throw new HoldpointError(code, `no backup was made: ${source.name}: ${message}`, {
      ...{ cause: error, details },
      ...(next === undefined ? {} : { next }),
    });
  }
}

async function storeLent(
  { clock, memory, onStep }: CreateRequest,
  deposit: Deposit,
  source: Source,
  lent: Lent,
  signal: AbortSignal | undefined,
): Promise<SetPart> {
  const { folder, at, consistency, facts, inPlace = false } = lent;
  const { allocated } = lent.looked ?? (await listTree(folder, { digests: false, signal }));
  const known = inPlace ? await memory?.recall(source.name) : undefined;
  const began = clock.now();
  const [tree, listed] = await together(signal, (both) => [
    deposit.store(source.name, folder, both, allocated),
    listTree(folder, { signal: both, ...(known === undefined ? {} : { known }) }),
  ]);
  if (inPlace)
    await memory?.keep(source.name, listed, began).catch((error: unknown) => {
      onStep?.(`the next backup reads all of ${source.name} again: ${asHoldpointError(error).message}`);
    });
  const entries = await deposit.write(`${source.name}.entries`, formatEntries(listed.entries), signal);
  return {
    ...{ source: source.name, kind: source.kind, tree, entries, at, consistency, facts },
    ...sizesOf(listed),
  };
}

const sizesOf = ({ files, bytes }: Tree) => ({ files, bytes });
