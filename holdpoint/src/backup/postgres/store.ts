import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { type Digest, type RunId, runId } from '../../kernel/ids.ts';
import { abandoned, claim } from '../../system/claims.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';
import type { Backup, Proof } from '../backup.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { consistencyPointOf } from './prove.ts';

const PROOF = 'proof.json';
export const PARTIAL = '.partial';

const provenSchema = z.object({ manifest: z.string(), provenAt: z.number() });

export interface Stored {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly digest: Digest;
  readonly summary: Backup;
}

/** `20260731T101530Z-<run>`: sorts by time, and is a plain name of a folder. Throws `usage` on an odd run. */
export function backupId(at: number, run: RunId): string {
  if (!/^\w[\w.-]{0,80}$/.test(run) || run.endsWith(PARTIAL)) {
    throw new HoldpointError('usage', `'${run}' cannot be part of a backup's name`);
  }
  return `${new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')}-${run}`;
}

/** One complete backup. Throws `not-found`, and `tampered` when its manifest is unreadable. */
export async function loadBackup(parent: string, id: string): Promise<Stored> {
  const folder = join(parent, id);
  const plain = /^\w[\w.-]*$/.test(id) && !id.endsWith(PARTIAL);
  const read = plain ? await readManifest(folder) : undefined;
  if (read === undefined) {
    throw new HoldpointError('not-found', `there is no backup '${id}' in ${parent}`);
  }
  const { manifest, digest } = read;
  const summary: Backup = {
    id,
    run: runId(manifest.run),
    consistencyPoint: consistencyPointOf(manifest),
    bytes: manifest.bytes,
    databases: manifest.databases.map(({ name }) => name),
    digest,
    ...(manifest.way === undefined ? {} : { way: manifest.way }),
    provenAt: await provenAt(folder, digest),
  };
  return { folder, manifest, digest, summary };
}

/** Every complete backup, newest first. What has no readable manifest is none. */
export async function listBackups(parent: string): Promise<readonly Backup[]> {
  const names = await readdir(parent).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found: Backup[] = [];
  for (const name of names) {
    try {
      found.push((await loadBackup(parent, name)).summary);
    } catch (error) {
      if (!(error instanceof HoldpointError)) throw error;
    }
  }
  return found.sort((a, b) => b.consistencyPoint.at - a.consistencyPoint.at || (a.id < b.id ? 1 : -1));
}

/** Keeps that this very content passed; a later failure takes it away. */
export async function keepProof(stored: Stored, at: number, proof: Proof | undefined): Promise<void> {
  const path = join(stored.folder, PROOF);
  if (proof === undefined) return rm(path, { force: true });
  const content = { manifest: stored.digest, provenAt: at, proof };
  await writeAtomically(path, `${JSON.stringify(content, null, 1)}\n`, 0o600);
}

/** Takes a backup out of the list first, so that a half-removed one is never taken for whole. */
export async function removeBackup(parent: string, id: string): Promise<void> {
  const doomed = join(parent, `${id}${PARTIAL}`);
  await rename(join(parent, id), doomed);
  await claim(doomed);
  await rm(doomed, { recursive: true, force: true });
}

/** Removes what a process that died was writing or removing. */
export async function removeTorn(parent: string): Promise<void> {
  for (const folder of await abandoned(parent, (name) => name.endsWith(PARTIAL))) {
    // A pg_basebackup that outlived the process goes on writing until it misses its folder.
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

/** Waits until the disk has a folder's entries. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}

async function provenAt(folder: string, manifest: Digest): Promise<number | undefined> {
  const text = await readTextIfAny(join(folder, PROOF));
  if (text === undefined) return undefined;
  try {
    const proven = provenSchema.parse(JSON.parse(text));
    return proven.manifest === manifest ? proven.provenAt : undefined;
  } catch {
    return undefined;
  }
}
