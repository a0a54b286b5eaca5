import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import { formatBytes } from '../../kernel/quantities.ts';
import { bytes } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { pathOf, readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { seeVolumes, type VolumesSeen } from './engine-volumes.ts';

const ID = checkId('infrastructure.volumes');

const Settings = z.strictObject({
  /** Where state and backups are kept. */
  folders: z.array(z.string()).default(['.holdpoint', 'backups']),
  /** Least free space on each. */
  free: bytes.default(1e9),
  /** For compose: volumes of the engine that have to be there, besides those of running containers. */
  volumes: z.array(z.string()).default([]),
});

interface Volume {
  readonly folder: string;
  /** Bytes that this user may still write; undefined when there is no such folder. */
  readonly free: number | undefined;
  readonly writable: boolean;
}

export function judgeVolumes(
  free: number,
  volumes: readonly Volume[],
  seen: VolumesSeen = { faults: [], told: '' },
): Evidence {
  if (volumes.length === 0 && seen.told === '')
    return inconclusive('no folder or volume is named', "List them under 'folders'.");
  const faults = volumes.flatMap((volume) => {
    if (volume.free === undefined) return [`there is no folder ${volume.folder}`];
    return [
      ...(volume.writable ? [] : [`${volume.folder} cannot be written`]),
      ...(volume.free < free
        ? [`${volume.folder} has ${formatBytes(volume.free)} free, not ${formatBytes(free)}`]
        : []),
    ];
  });
  const least = Math.min(...volumes.map((volume) => volume.free ?? 0));
  const told = [
    ...(seen.told === '' ? [] : [seen.told]),
    ...(volumes.length === 0
      ? []
      : [`${volumes.length} of ${volumes.length} folders, ${formatBytes(least)} free or more`]),
  ];
  return judgeFaults([...seen.faults, ...faults], told.join('; '), {
    expected: `${formatBytes(free)} free on each`,
    next: 'Make the folders, give this user the right to write, and make room.',
  });
}

async function measure(folder: string, path: string): Promise<Volume> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (found?.isDirectory() !== true) return { folder, free: undefined, writable: false };
  const { bavail, bsize } = await statfs(path);
  const writable = await access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
  return { folder, free: bavail * bsize, writable };
}

export const volumes: Check = {
  id: ID,
  timeLimit: 10_000,
  run: async (subject, probe) => {
    const { folders, free, volumes: names } = readSettings(subject, ID, Settings);
    const measured = await Promise.all(folders.map((folder) => measure(folder, pathOf(subject, folder))));
    return subject.target === 'compose'
      ? judgeVolumes(free, measured, await seeVolumes(subject, probe, { names, free }))
      : judgeVolumes(free, measured);
  },
};
