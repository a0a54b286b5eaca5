import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../kernel/canonical.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { readTextIfAny } from '../../system/files.ts';
import type { Subject, VaultBackup } from '../check.ts';
import { pathOf } from '../settings.ts';

export type StoredBackup = Omit<VaultBackup, 'database'>;

export interface Store {
  /** Newest first. */
  readonly backups: readonly StoredBackup[];
  /** Folders without a whole manifest: a backup that was cut off, or none. */
  readonly unfinished: readonly string[];
}

const time = z
  .union([z.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])
  .pipe(z.number());

/** Fields that are not known here are left to those who wrote them. */
const Manifest = z.union([
  z.looseObject({ createdAt: time }).transform(({ createdAt }) => createdAt),
  z.looseObject({ consistency: z.looseObject({ at: time }) }).transform(({ consistency }) => consistency.at),
]);

const ProofFile = z.looseObject({
  /** SHA-256 of the manifest that was proven: a proof says nothing about a content that came later. */
  manifest: z.string(),
  provenAt: time,
  proof: z.looseObject({ restoredInMs: z.number().optional() }).optional(),
});

/** Reads one backup from its manifest's and its proof's text. Undefined when the manifest is torn. */
export function readBackup(name: string, manifest: string, proof?: string): StoredBackup | undefined {
  const created = Manifest.safeParse(json(manifest));
  if (!created.success) return undefined;
  const proven = ProofFile.safeParse(json(proof ?? ''));
  const bare = { name, createdAt: created.data };
  if (!proven.success || proven.data.manifest !== sha256(manifest)) return bare;
  const took = proven.data.proof?.restoredInMs;
  return {
    ...bare,
    proof: { at: proven.data.provenAt, ...(took === undefined ? {} : { restoredInMs: took }) },
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every backup in a folder, `<folder>/<name>/manifest.json` beside its `proof.json`. A missing folder holds none. */
export async function readStore(folder: string): Promise<Store> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw new HoldpointError('unreachable', `the backups in ${folder} cannot be listed`, {
      cause,
      next: 'Give this user the right to read the folder of the backups.',
    });
  });
  const backups: StoredBackup[] = [];
  const unfinished: string[] = [];
  for (const { name } of entries.filter((one) => one.isDirectory())) {
    const manifest = await readTextIfAny(join(folder, name, 'manifest.json'));
    const proof = await readTextIfAny(join(folder, name, 'proof.json'));
    const whole = manifest !== undefined && !name.endsWith('.partial');
    const backup = whole ? readBackup(name, manifest, proof) : undefined;
    if (backup === undefined) unfinished.push(name);
    else backups.push(backup);
  }
  return { backups: backups.sort((a, b) => b.createdAt - a.createdAt), unfinished };
}

/** Milliseconds for a look at all of it: a vault in another place is asked about each of its backups. */
export const LOOK_WITHIN = 60_000;

/** What the releases have left in a folder, and what lies in the vault, which `backup create` and schedules fill. */
export async function readAll(
  subject: Subject,
  folder: string,
  signal: AbortSignal,
  wanted: (backup: VaultBackup) => boolean = () => true,
): Promise<Store> {
  const own = await readStore(pathOf(subject, folder));
  const kept = ((await subject.vault?.(signal)) ?? []).filter(wanted);
  return { ...own, backups: [...own.backups, ...kept].sort((a, b) => b.createdAt - a.createdAt) };
}

/** The newest one that a restored copy has proven. */
export const newestProven = (store: Store): StoredBackup | undefined =>
  store.backups.find(({ proof }) => proof !== undefined);
