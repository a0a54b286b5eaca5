import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import type { RunId } from '../../kernel/ids.ts';
import type { Docker } from '../../system/docker/docker.ts';
import type { Exec } from '../../system/exec/command.ts';
import type { ServerControl } from '../../system/postgres/control.ts';
import type { BackupsSettings } from '../sets-settings.ts';
import { dumpSource } from './postgres/dump.ts';
import { physicalSource } from './postgres/physical.ts';
import { redisSource } from './redis/redis.ts';
import type { Source } from './source.ts';
import { type FoundVolume, volumeSource } from './volume/volume.ts';

const PROJECT = 'com.docker.compose.project';
const VOLUME = 'com.docker.compose.volume';

export interface Declared {
  readonly backups: Pick<BackupsSettings, 'volumes' | 'quiet' | 'database' | 'redis'>;
  /** The server of `database`; undefined where none is declared. */
  readonly database?: ServerControl | undefined;
  /** Of `redis`: an address that leads there from this machine, as things stand now. */
  readonly redis?: ((signal?: AbortSignal) => Promise<string>) | undefined;
  /** Name of the compose project whose files name the volumes. */
  readonly project?: string | undefined;
  /** Absolute folder of the project's state: debts and kept copies lie below it. */
  readonly state: string;
  /** Names what a restore keeps; the same when one is repeated. */
  readonly run: RunId;
  readonly docker: Docker;
  readonly exec: Exec;
  readonly clock: Clock;
}

/** Where restart debts lie; `payDebts` is to be called with it before any other work. */
export const debtsFolder = (state: string): string => join(state, 'restart-debts');

/** Everything that has to be in a backup, in the order in which it is taken. Asks nothing of anybody yet. */
export function sourcesOf(declared: Declared): readonly Source[] {
  const { backups, database, redis, state, run, docker, exec, clock } = declared;
  const sources: Source[] = [];
  // The database first: files that its rows name are written before the rows are, and removed after them.
  if (database !== undefined) {
    const label = databaseName(database.declared);
    if (backups.database === 'physical' || backups.database === 'both')
      sources.push(physicalSource({ label, server: database, exec, clock, run }));
    if (backups.database === 'dump' || backups.database === 'both')
      sources.push(dumpSource({ label, url: (signal) => database.url(signal), exec, clock, run }));
  }
  if (redis !== undefined && backups.redis)
    sources.push(redisSource({ label: 'redis', url: redis, clock, kept: join(state, 'kept') }));
  for (const label of backups.volumes) {
    const find = (signal?: AbortSignal) => findVolume(docker, label, declared.project, signal);
    const { quiet } = backups;
    sources.push(volumeSource({ label, find, quiet, debts: debtsFolder(state), docker, exec, clock }));
  }
  return sources;
}

/** By the name of the compose files, which compose writes on each volume that it makes, else by the engine's. */
export async function findVolume(
  docker: Docker,
  name: string,
  project: string | undefined,
  signal?: AbortSignal,
): Promise<FoundVolume> {
  if (project === undefined) return { volume: name, labels: {} };
  const labels = { [PROJECT]: project, [VOLUME]: name };
  const wanted = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const [made] = await docker.volumes(wanted, signal);
  if (made !== undefined) return { volume: made.name, labels };
  if ((await docker.volume(name, signal)) !== undefined) return { volume: name, labels: {} };
  // Lost, and to be made again as compose would make it.
  return { volume: `${project}_${name}`, labels };
}

function databaseName(url: string): string {
  const { pathname, username } = new URL(url);
  const name = decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username) || 'postgres';
  // It becomes the name of a file.
  return name.replace(/[^\w.-]/g, '_');
}
