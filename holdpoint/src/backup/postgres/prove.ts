import { formatDuration } from '../../kernel/durations.ts';
import { asHoldpointError, type HoldpointError } from '../../kernel/errors.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { ConsistencyPoint, Proving, Restored } from '../backup.ts';
import type { Manifest } from './manifest.ts';
import { type Scratch, withScratch } from './scratch.ts';
import { readEverything, type Soundness } from './soundness.ts';

const SHOWN = 20;

export function consistencyPointOf(manifest: Manifest): ConsistencyPoint {
  const { stopLsn: lsn, timeline, at } = manifest.consistency;
  return { lsn, timeline, at };
}

/**
 * Restores a backup and reads everything; `visit` comes last, while the copy runs, and may only make it worse. What is
 * wrong with the backup is a `fail`; what stops the proof is thrown.
 */
export async function proveBackup(
  folder: string,
  manifest: Manifest,
  scratch: Scratch,
  visit?: (restored: Restored) => Promise<Evidence | undefined>,
): Promise<Proving> {
  try {
    return await withScratch(folder, manifest, scratch, async (restored) => {
      const { superuserUrl, restoredInMs } = restored;
      const began = performance.now();
      const soundness = await readEverything(superuserUrl, manifest, scratch.signal);
      scratch.took?.('verify', performance.now() - began);
      const evidence = judge(manifest, soundness, restoredInMs);
      if (evidence.verdict !== 'pass') return { evidence };
      const visited = await visit?.(restored);
      if (visited !== undefined && visited.verdict !== 'pass') return { evidence: visited };
      const { tables, rows } = soundness;
      return {
        evidence,
        proof: { restoredInMs, tables, rows, consistencyPoint: consistencyPointOf(manifest) },
      };
    });
  } catch (thrown) {
    scratch.signal?.throwIfAborted();
    const error = asHoldpointError(thrown);
    if (error.code !== 'tampered' && !gaveUp(error)) throw thrown;
    return {
      evidence: {
        verdict: 'fail',
        summary: error.code === 'tampered' ? error.message : 'the restored copy does not start',
        details: error.details,
        next: 'Take a new backup and prove it.',
      },
    };
  }
}

/** Whether the restored server itself refused these files. A machine without room is no fault of the backup. */
function gaveUp({ code, details }: HoldpointError): boolean {
  const said = details.join('\n');
  const noRoom = /no space left|out of memory|cannot allocate|could not bind|shared memory/i.test(said);
  return code === 'command-failed' && /FATAL|PANIC/.test(said) && !noRoom;
}

/** Pure: how many tables were compared with the original, by what, and which were not. */
function compared({ tables, uncounted, format, way }: Manifest): readonly string[] {
  const exact = tables.filter((table) => table.fingerprint !== undefined).length;
  const counted = tables.length - exact;
  const why = format === 1 ? 'the backup holds no fingerprints' : 'busy, or larger than 64 MiB';
  return [
    `compared with the original: ${exact} tables by the fingerprint of their rows, ${counted} by count only${
      counted === 0 ? '' : ` (${why})`
    }, ${uncounted.length} not at all`,
    ...(uncounted.length > 0 ? [`not counted on the original: ${uncounted.join(', ')}`] : []),
    ...(way === undefined ? [] : [`copied by ${way}`]),
  ];
}

/** Pure: nothing read is nothing proven. */
export function judge(manifest: Manifest, soundness: Soundness, restoredInMs: number): Evidence {
  const { problems, tables, rows, heaps, indexes, structural } = soundness;
  const measured = `restored in ${formatDuration(restoredInMs)}; ${tables} tables with ${rows} rows read`;
  const details = [
    `consistent at ${manifest.consistency.stopLsn}, ${new Date(manifest.consistency.at).toISOString()}`,
    structural
      ? `amcheck: ${heaps} heaps and ${indexes} indexes, catalogues and TOAST included`
      : 'amcheck is not installed here: indexes were not compared with their tables',
    manifest.server.dataChecksums
      ? 'page checksums: on'
      : 'page checksums: off, a flipped bit in a row can pass',
    ...compared(manifest),
  ];
  if (problems.length > 0) {
    return {
      verdict: 'fail',
      summary: `the restored copy has ${problems.length} faults`,
      details: [...problems.slice(0, SHOWN), ...details],
      measured,
      next: 'Look after the original server: its files or its disk may be damaged. Then take a new backup.',
    };
  }
  if (manifest.databases.length === 0 || tables === 0) {
    return { verdict: 'inconclusive', summary: 'the backup has no tables to read', details, measured };
  }
  return { verdict: 'pass', summary: `the backup was ${measured}`, details, measured };
}
