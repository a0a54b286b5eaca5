import { readdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../../kernel/clock.ts';
import { HoldpointError } from '../../../kernel/errors.ts';
import { formatBytes } from '../../../kernel/quantities.ts';
import { abandoned, makeClaimed } from '../../../system/claims.ts';
import type { Docker } from '../../../system/docker/docker.ts';
import { createVolume } from '../../../system/docker/storage.ts';
import type { Exec } from '../../../system/exec/command.ts';
import { syncFolder } from '../../postgres/store.ts';
import { payDebts } from '../../quiet/pay.ts';
import { whileQuiet } from '../../quiet/while-quiet.ts';
import { listTree } from '../../set/tree.ts';
import { assertNoServer, databasesWithin } from './database-within.ts';
import { assertHere, placeOfVolume, type VolumePlace } from './place.ts';
import { copyTree } from './settled-copy.ts';
import { isWorking, usersOf } from './users.ts';

const PREFIX = 'holdpoint-restored-';
/** Left free on the disk. */
const SPARE = 64 * 2 ** 20;
const DOCKER_WITHIN = 60_000;
const SYNC_WITHIN = 3_600_000;

export interface PuttingBack {
  readonly volume: string;
  /** For the volume, should it have to be made. */
  readonly labels: Readonly<Record<string, string>>;
  readonly debts: string;
  readonly docker: Docker;
  readonly exec: Exec;
  readonly clock: Clock;
}

/**
 * Replaces a volume's content by a restored folder, which is used up by it where both lie in one file system, and keeps
 * the present content as another volume. What is new is laid beside first, while the volume is in use; then two renames exchange them. Cut off in between, the present
 * content goes back with the next `payDebts`, before anything starts on it. Throws `configuration` and changes nothing
 * where that cannot be kept.
 */
export async function putVolumeBack(
  options: PuttingBack,
  restored: string,
  signal?: AbortSignal,
): Promise<{ readonly kept: string }> {
  const { docker, debts, clock, volume } = options;
  await payDebts(debts, docker, clock.now());
  await assertHere(docker, signal);
  if ((await docker.volume(volume, signal)) === undefined) {
    await create(docker, volume, options.labels);
  }
  const place = await placeOfVolume(docker, volume, signal);
  const users = (await usersOf(docker, place, signal)).map(({ container }) => container);
  const paused = users.filter(({ status }) => status === 'paused').map(({ name }) => name);
  if (place.mounted || paused.length > 0) {
    throw new HoldpointError('configuration', `the volume '${volume}' cannot be exchanged`, {
      details: place.mounted ? ['it is mounted from elsewhere'] : paused.map((name) => `${name} is paused`),
      next: place.mounted ? 'Restore into a folder, and copy it there.' : 'Let them go on: `docker unpause`.',
    });
  }
  const beside = await layBeside(options, place, restored, signal);
  try {
    const why = `restore of the volume ${volume}`;
    return await whileQuiet(
      { docker, debts, now: clock.now, why, how: 'stop', signal },
      users,
      async (owe) => {
        const still = (await usersOf(docker, place)).filter(({ container }) => isWorking(container));
        const names = still.map(({ container }) => container.name);
        await assertNoServer(place, await databasesWithin(place.folder), names);
        if (names.length > 0) {
          throw new HoldpointError('conflict', `${names.join(', ')} began to use the volume '${volume}'`, {
            next: 'Restore again while nothing is deployed.',
          });
        }
        const present = (await readdir(place.folder)).length;
        const kept = await safetyVolume(options, place);
        await owe({ from: kept.folder, to: place.folder });
        await rename(place.folder, kept.folder);
        await rename(join(beside, 'data'), place.folder);
        for (const folder of [place.folder, kept.folder]) await syncFolder(dirname(folder));
        return { kept: `volume ${kept.name}${present === 0 ? ' (empty)' : ''}` };
      },
    );
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** Where a volume's content may be restored; undefined while there is no such volume. */
export async function besideVolume(
  docker: Docker,
  volume: string,
  bytes: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  await assertHere(docker, signal);
  if ((await docker.volume(volume, signal)) === undefined) return undefined;
  const parent = dirname((await placeOfVolume(docker, volume, signal)).folder);
  await assertRoom(parent, bytes);
  return parent;
}

/** In the same file system, so that a rename can put it in. */
async function layBeside(
  { exec }: PuttingBack,
  place: VolumePlace,
  restored: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const parent = dirname(place.folder);
  for (const left of await abandoned(parent, (name) => name.startsWith(PREFIX)))
    await rm(left, { recursive: true, force: true });
  const beside = await makeClaimed(parent, PREFIX);
  try {
    // Within one file system nothing has to be written twice.
    const moved = await rename(restored, join(beside, 'data')).then(
      () => true,
      () => false,
    );
    if (!moved) {
      const { bytes } = await listTree(restored, { digests: false, signal });
      await assertRoom(parent, bytes);
      await copyTree(restored, join(beside, 'data'), exec, signal);
    }
    const synced = await exec(
      { program: 'sync', args: ['--file-system', join(beside, 'data')] },
      { timeout: SYNC_WITHIN, ...(signal === undefined ? {} : { signal }) },
    );
    if (synced.exitCode === 0) return beside;
    throw new HoldpointError('command-failed', `the disk of ${parent} does not take the restored copy`, {
      details: [synced.stderr.trim()],
      next: 'Look after that disk. Nothing was changed.',
    });
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw error;
  }
}

async function assertRoom(parent: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(parent);
  const free = bavail * bsize;
  if (free >= bytes + SPARE) return;
  throw new HoldpointError('configuration', `the disk of ${parent} has no room for the restored copy`, {
    details: [`needed: ${formatBytes(bytes + SPARE)}`, `free: ${formatBytes(free)}`],
    next: 'Make room there. Nothing was changed.',
  });
}

/** An empty volume of the same file system. */
async function safetyVolume(
  { docker, clock, volume }: PuttingBack,
  place: VolumePlace,
): Promise<{ readonly name: string; readonly folder: string }> {
  const time = new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  for (let number = 1; ; number += 1) {
    const name = `${volume}-before-${time}${number === 1 ? '' : `-${number}`}`;
    if ((await docker.volume(name)) !== undefined) continue;
    await create(docker, name, { 'holdpoint.before': volume });
    const { folder } = await placeOfVolume(docker, name);
    if (dirname(dirname(folder)) === dirname(dirname(place.folder))) return { name, folder };
    throw new HoldpointError('configuration', `the engine keeps its volumes in several places`, {
      details: [place.folder, folder],
      next: 'Restore into a folder, and copy it by hand.',
    });
  }
}

async function create(docker: Docker, name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  await docker.perform(createVolume(name, labels), {
    what: `make the volume ${name}`,
    timeout: DOCKER_WITHIN,
  });
}
