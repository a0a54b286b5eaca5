import { chmod, mkdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asHoldpointError, explain, HoldpointError } from '../../kernel/errors.ts';
import { digest } from '../../kernel/ids.ts';
import { formatBytes } from '../../kernel/quantities.ts';
import { combine, type Evidence } from '../../kernel/verdict.ts';
import type { Exec } from '../../system/exec/command.ts';
import { fetchPart } from '../set/fetch.ts';
import type { SetManifest, SetPart } from '../set/manifest.ts';
import type { ReadFile, Source } from '../sources/source.ts';
import type { Vault } from '../vault/vault.ts';
import { askQueries, type Query, startService } from './ask.ts';
import { PHASES } from './judge.ts';
import type { Drilled, DrillTimes } from './port.ts';

const SYNC_WITHIN = 3_600_000;

export interface Trying {
  readonly vault: Vault;
  readonly sources: readonly Source[];
  readonly queries: readonly Query[];
  /** Starts the service on what was restored; runs in `folder`. */
  readonly start?: { readonly command: readonly string[]; readonly folder: string } | undefined;
  readonly exec: Exec;
  readonly signal?: AbortSignal | undefined;
}

/** One part on its way: where it lies, how long what took, and what it showed. */
interface Tried {
  readonly part: SetPart;
  readonly source: Source | undefined;
  readonly folder: string;
  readonly times: Record<string, number>;
  /** What comparing it has read. */
  read: readonly ReadFile[];
  evidence?: Evidence;
}

/**
 * Restores every part of a backup into an empty room, compares each file with the list that was kept of it, and lets
 * each source prove its part. What is wrong with the backup is a `fail`, what kept it from being tried is an `error`.
 */
export async function tryBackup(
  manifest: SetManifest,
  room: string,
  locatedInMs: number,
  trying: Trying,
): Promise<Drilled> {
  const { signal } = trying;
  const tried: Tried[] = manifest.parts.map((part, index) => ({
    part,
    source: trying.sources.find(({ name }) => name === part.source),
    // A place of its own for each, where its source may work beside it.
    folder: join(room, String(index), 'restored'),
    times: {},
    read: [],
  }));
  for (const each of tried) await settle(each, signal, () => fetchInto(manifest, each, room, trying));
  const service = await proveParts(tried, trying);
  const parts = tried.map(({ part, evidence }) => {
    return {
      source: part.source,
      evidence: evidence ?? ({ verdict: 'inconclusive', summary: 'not tried' } as const),
    };
  });
  if (service !== undefined) parts.push({ source: 'service', evidence: service });
  const times: DrillTimes = { locate: locatedInMs, ...totals(tried) };
  const verdict = combine(parts.map(({ evidence }) => evidence.verdict));
  const worst = parts.find(({ evidence }) => evidence.verdict === verdict);
  const evidence: Evidence =
    verdict === 'pass'
      ? { verdict, summary: `${parts.length} parts restored and compared` }
      : {
          verdict,
          summary: `${worst?.source}: ${worst?.evidence.summary}`,
          details: worst?.evidence.details ?? [],
        };
  const restoredInMs = PHASES.reduce((sum, phase) => sum + (phase === 'verify' ? 0 : (times[phase] ?? 0)), 0);
  const { id, at } = manifest;
  return { id, at, evidence, times, parts, ...(verdict === 'pass' ? { restoredInMs } : {}) };
}

/** A dump beside the files of the same server is another way to the same data: one restores one of them. */
function totals(tried: readonly Tried[]): DrillTimes {
  const physical = tried.some(({ part }) => part.kind === 'postgres-physical');
  const needed = tried.filter(({ part }) => !physical || part.kind !== 'postgres-dump');
  const sums = PHASES.flatMap((phase) => {
    const took = needed.flatMap(({ times }) => times[phase] ?? []);
    return took.length === 0 ? [] : [[phase, took.reduce((sum, each) => sum + each, 0)] as const];
  });
  return Object.fromEntries(sums);
}

function add(times: Record<string, number>, phase: string, milliseconds: number): void {
  times[phase] = (times[phase] ?? 0) + milliseconds;
}

async function timed<Value>(
  times: Record<string, number>,
  phase: string,
  use: () => Promise<Value>,
): Promise<Value> {
  const began = performance.now();
  try {
    return await use();
  } finally {
    add(times, phase, performance.now() - began);
  }
}

/** Keeps what it came to as the part's evidence; an abort passes through. */
async function settle(
  tried: Tried,
  signal: AbortSignal | undefined,
  use: () => Promise<Evidence | undefined>,
): Promise<void> {
  if (tried.evidence !== undefined) return;
  try {
    const evidence = await use();
    if (evidence !== undefined) tried.evidence = evidence;
  } catch (thrown) {
    signal?.throwIfAborted();
    const error = asHoldpointError(thrown);
    // What is gone or changed is the backup's fault; anything else is not.
    const verdict = error.code === 'tampered' || error.code === 'not-found' ? 'fail' : 'error';
    const { next } = error;
    tried.evidence = {
      ...{ verdict, summary: explain(error), details: error.details },
      ...(next === undefined ? {} : { next }),
    };
  }
}

/** Throws `tampered` when it is not as it was kept; how it runs is for the source to prove. */
async function fetchInto(
  manifest: SetManifest,
  tried: Tried,
  room: string,
  { vault, exec, signal }: Trying,
): Promise<undefined> {
  const { part, folder, times } = tried;
  const { bavail, bsize } = await statfs(room);
  if (bavail * bsize < part.bytes) {
    throw new HoldpointError('configuration', `there is no room to restore ${part.source} in ${room}`, {
      details: [`needed: ${formatBytes(part.bytes)}`, `free: ${formatBytes(bavail * bsize)}`],
      next: 'Make room there, or set `backups.scratch` to a folder on a larger disk.',
    });
  }
  await mkdir(folder, { recursive: true });
  // A server that is started there may run as another user, who must get through.
  await chmod(dirname(folder), 0o711);
  const { fetched, compared, entries } = await fetchPart(vault, manifest, part, folder, signal);
  tried.read = entries
    .filter(({ kind }) => kind === 'file')
    .map(({ path, size, content }) => ({ path, bytes: size, sha256: digest(content) }));
  add(times, 'fetch', fetched);
  add(times, 'verify', compared);
  await timed(times, 'write', async () => {
    const options = { timeout: SYNC_WITHIN, ...(signal === undefined ? {} : { signal }) };
    const synced = await exec({ program: 'sync', args: ['--file-system', folder] }, options);
    if (synced.exitCode === 0) return;
    throw new HoldpointError('command-failed', `the disk of ${room} does not take what is restored`, {
      details: [synced.stderr.trim()],
      next: 'Look after that disk.',
    });
  });
  return undefined;
}

/** With a service to start, its parts are held open one inside of the other, so that it finds all of them at once. */
async function proveParts(tried: readonly Tried[], trying: Trying): Promise<Evidence | undefined> {
  const { start, signal, exec } = trying;
  const ready = tried.filter(({ evidence }) => evidence === undefined);
  const physical = tried.some(({ part }) => part.kind === 'postgres-physical');
  const held = ready.filter(({ part }) => !physical || part.kind !== 'postgres-dump');
  let service: Evidence | undefined;
  const open = async (index: number, environment: Readonly<Record<string, string>>): Promise<void> => {
    const each = held[index];
    if (each !== undefined) {
      await settle(each, signal, () =>
        provePart(each, trying, (more) => open(index + 1, { ...environment, ...more })),
      );
    } else if (start !== undefined) {
      const began = performance.now();
      service = await startService(start.command, start.folder, environment, exec, signal);
      const [first] = held;
      if (first !== undefined) add(first.times, 'ready', performance.now() - began);
    }
  };
  if (start !== undefined && held.length > 0 && held.every(({ source }) => source !== undefined))
    await open(0, {});
  // Those that were not come to, because one before them failed.
  for (const each of ready) await settle(each, signal, () => provePart(each, trying, async () => undefined));
  if (start === undefined) return undefined;
  return (
    service ?? { verdict: 'inconclusive', summary: 'the service was not started, since a part is not sound' }
  );
}

async function provePart(
  { part, source, folder, times, read }: Tried,
  { queries, signal }: Trying,
  inside: (environment: Readonly<Record<string, string>>) => Promise<void>,
): Promise<Evidence> {
  if (source === undefined) {
    return {
      verdict: 'pass',
      summary: 'compared file by file; it is not declared any more, so nothing was started',
    };
  }
  // Parts that are held open inside measure for themselves.
  return source.prove(folder, part, signal, {
    read,
    took: (phase, milliseconds) => add(times, phase, milliseconds),
    async visit(environment) {
      const url = environment['DATABASE_URL'];
      const answered =
        url === undefined ? undefined : await timed(times, 'verify', () => askQueries(url, queries, signal));
      if (answered !== undefined && answered.verdict !== 'pass') return answered;
      await inside(environment);
      return undefined;
    },
  });
}
