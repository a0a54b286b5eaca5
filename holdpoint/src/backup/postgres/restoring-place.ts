import { lstat, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Digest, RunId } from '../../kernel/ids.ts';
import { readTextIfAny } from '../../system/files.ts';

/** Written last into a restored copy; it stays in the data directory, and says whose data that is. */
export const MARKER = 'holdpoint-restored.json';

/** The paths of one replacement, all in one folder, so that a rename brings each to the place of another. */
export interface Place {
  readonly data: string;
  readonly parent: string;
  /** The restored copy, once it is whole. */
  readonly beside: string;
  /** The same while it is written. */
  readonly partial: string;
  /** The data that was replaced. */
  readonly safety: string;
  /** How the server was started, written before it is stopped. */
  readonly notes: string;
}

const markerSchema = z.object({ run: z.string(), backup: z.string(), manifest: z.string() });

export type Marker = z.infer<typeof markerSchema>;

/** Throws `usage` on a run that cannot be part of a path. */
export async function placeOf(data: string, run: RunId): Promise<Place> {
  if (!/^\w[\w.-]{0,80}$/.test(run)) {
    throw new HoldpointError('usage', `'${run}' cannot be part of a folder's name`);
  }
  const settled = await behindLinks(data);
  const beside = `${settled}.restored-${run}`;
  return {
    data: settled,
    parent: dirname(settled),
    beside,
    partial: `${beside}.partial`,
    safety: `${settled}.before-${run}`,
    notes: `${settled}.restart-${run}.json`,
  };
}

/** `realpath` also for a folder that is away for the moment, between two renames. */
async function behindLinks(path: string, links = 0): Promise<string> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSymbolicLink() !== true) return join(await realpath(dirname(path)), basename(path));
  if (links > 20) throw new HoldpointError('configuration', `${path} leads in a circle of links`);
  return behindLinks(resolve(dirname(path), await readlink(path)), links + 1);
}

/** Where the data is that was there before this replacement: moved aside once its first rename is done. */
export async function originalOf({ data, safety }: Place): Promise<string> {
  return (await exists(safety)) ? safety : data;
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

/** Whether this folder holds exactly this backup, laid out whole by this run. */
export async function holds(folder: string, run: RunId, manifest: Digest): Promise<boolean> {
  const text = await readTextIfAny(join(folder, MARKER));
  if (text === undefined) return false;
  const marker = markerSchema.safeParse(safely(text));
  return marker.success && marker.data.run === run && marker.data.manifest === manifest;
}

function safely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
