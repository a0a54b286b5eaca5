import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { readTextIfAny } from '../../system/files.ts';

/** A backup as its manifest tells; times are milliseconds since the epoch. */
export interface StoredBackup {
  readonly name: string;
  readonly createdAt: number;
  /** Present when the backup was read back or restored, and held. */
  readonly proof?: { readonly at: number; readonly restoreMilliseconds?: number };
}

export interface Store {
  readonly backups: readonly StoredBackup[];
  /** Folders without a whole manifest: a backup that was cut off, or none. */
  readonly unfinished: readonly string[];
}

const time = z
  .union([z.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])
  .pipe(z.number());

const Proof = z.looseObject({
  at: time.optional(),
  provenAt: time.optional(),
  verifiedAt: time.optional(),
  restoredAt: time.optional(),
  ok: z.boolean().optional(),
  milliseconds: z.number().optional(),
  restoreMilliseconds: z.number().optional(),
});

const Manifest = z.looseObject({ createdAt: time, proof: Proof.nullish() });

/** Reads a manifest; fields that are not known here are left to those who wrote them. Undefined when it is torn. */
export function readManifest(name: string, text: string): StoredBackup | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = Manifest.safeParse(json);
  if (!parsed.success) return undefined;
  const { createdAt, proof } = parsed.data;
  const at = proof?.at ?? proof?.provenAt ?? proof?.restoredAt ?? proof?.verifiedAt ?? createdAt;
  const took = proof?.restoreMilliseconds ?? proof?.milliseconds;
  return {
    name,
    createdAt,
    ...(proof == null || proof.ok === false
      ? {}
      : { proof: { at, ...(took === undefined ? {} : { restoreMilliseconds: took }) } }),
  };
}

/** Every backup below a folder (`<folder>/<name>/manifest.json`), newest first. A missing folder holds none. */
export async function readStore(folder: string): Promise<Store> {
  const names = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw new HoldpointError('unreachable', `the backups in ${folder} cannot be listed`, {
      cause,
      next: 'Give this user the right to read the folder of the backups.',
    });
  });
  const backups: StoredBackup[] = [];
  const unfinished: string[] = [];
  for (const { name } of names.filter((one) => one.isDirectory())) {
    const text = await readTextIfAny(join(folder, name, 'manifest.json'));
    const backup = text === undefined ? undefined : readManifest(name, text);
    if (backup === undefined) unfinished.push(name);
    else backups.push(backup);
  }
  return { backups: backups.sort((a, b) => b.createdAt - a.createdAt), unfinished };
}
