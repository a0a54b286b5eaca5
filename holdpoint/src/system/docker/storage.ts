import type { Command } from '../exec/command.ts';

const docker = (...args: readonly string[]): Command => ({ program: 'docker', args });

/** Yields the volume that is there already, unless its driver or options differ. */
export const createVolume = (name: string, labels: Readonly<Record<string, string>> = {}): Command =>
  docker(
    'volume',
    'create',
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    name,
  );

/** JSON: what the volume's driver was told, such as `device`; `null` without any. */
export const volumeOptions = (name: string): Command =>
  docker('volume', 'inspect', '--format', '{{json .Options}}', name);

/** A line for each of them, in order: `true` for one that the engine removes as soon as it stops (`run --rm`). */
export const removedWhenStopped = (ids: readonly string[]): Command =>
  docker('container', 'inspect', '--format', '{{.HostConfig.AutoRemove}}', ...ids);

/** Where the engine is asked: `unix:///var/run/docker.sock`, `ssh://host`; DOCKER_HOST and contexts counted. */
export const engineAddress = (): Command =>
  docker('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}');
