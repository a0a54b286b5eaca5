import { readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldpointError } from '../../../kernel/errors.ts';
import type { Docker } from '../../../system/docker/docker.ts';
import { engineAddress, volumeOptions } from '../../../system/docker/storage.ts';

const LOOK_WITHIN = 30_000;

/** A volume whose files can be read on this machine. */
export interface VolumePlace {
  readonly name: string;
  readonly folder: string;
  /** The engine mounts something there while a container uses it, such as a share of the network. */
  readonly mounted: boolean;
}

/**
 * Where a volume's files lie on this machine. Throws `not-found` for a volume that is not there, and `configuration`
 * for one whose files cannot be read from here: another folder of this name would be copied instead, or an empty one.
 */
export async function placeOfVolume(
  docker: Docker,
  name: string,
  signal?: AbortSignal,
): Promise<VolumePlace> {
  await assertHere(docker, signal);
  const volume = await docker.volume(name, signal);
  if (volume === undefined) {
    throw new HoldpointError('not-found', `there is no volume '${name}'`, {
      next: 'See `docker volume ls`, and name those to back up under `backups.volumes`.',
    });
  }
  const looking = { what: `inspect the volume ${name}`, timeout: LOOK_WITHIN, signal };
  const options: unknown = JSON.parse((await docker.perform(volumeOptions(name), looking)).stdout);
  if (volume.driver !== 'local' || volume.folder === '') {
    throw new HoldpointError(
      'configuration',
      `the volume '${name}' belongs to the driver ${volume.driver}, whose files are not read from here`,
      { next: 'Back it up with the means of its storage, and take it out of `backups.volumes`.' },
    );
  }
  await readdir(volume.folder).catch((cause: unknown) => {
    throw new HoldpointError('configuration', `the files of the volume '${name}' cannot be read`, {
      cause,
      details: [volume.folder],
      next: "Run as root on the engine's machine; in a container, mount that folder at the same path.",
    });
  });
  const mounted = typeof options === 'object' && options !== null && 'device' in options;
  return { name, folder: volume.folder, mounted };
}

/** A remote engine names folders of its own machine, and this one may well have the same. */
export async function assertHere(docker: Docker, signal?: AbortSignal): Promise<void> {
  const { stdout } = await docker.perform(engineAddress(), {
    what: 'ask where the engine is',
    timeout: LOOK_WITHIN,
    signal,
  });
  if (stdout.startsWith('unix://')) return;
  throw new HoldpointError(
    'configuration',
    `volumes can only be read beside their engine, and it is at ${stdout.trim()}`,
    { next: "Run backups on the engine's machine." },
  );
}

/** What is mounted only while a container uses it shows an empty folder once that container has stopped. */
export async function assertMounted({ name, folder, mounted }: VolumePlace): Promise<void> {
  if (!mounted || (await stat(folder)).dev !== (await stat(dirname(folder))).dev) return;
  throw new HoldpointError(
    'configuration',
    `what the volume '${name}' mounts is there only while a container uses it`,
    { next: 'Set `quiet: pause` in `backups`, and have a container that uses it run meanwhile.' },
  );
}
