import type { Command } from '../exec/command.ts';

const docker = (...args: readonly string[]): Command => ({ program: 'docker', args });

/**
 * What `facts.ts` reads and no more: with the log of its health checks one container alone may be 20 KB long, and what
 * is kept of a command's output has a limit.
 */
const FACTS = `{${[
  '"Id":{{json .ID}}',
  '"Name":{{json .Name}}',
  '"Created":{{json .Created}}',
  '"Image":{{json .Image}}',
  '"RestartCount":{{json .RestartCount}}',
  `"State":{${[
    '"Status":{{json .State.Status}}',
    '"OOMKilled":{{json .State.OOMKilled}}',
    '"ExitCode":{{json .State.ExitCode}}',
    '"Pid":{{json .State.Pid}}',
    '"StartedAt":{{json .State.StartedAt}}',
    '"Health":{{if .State.Health}}{"Status":{{json .State.Health.Status}}}{{else}}null{{end}}',
  ].join(',')}}`,
  '"Config":{"Image":{{json .Config.Image}},"User":{{json .Config.User}},"Labels":{{json .Config.Labels}}}',
  '"Mounts":{{json .Mounts}}',
  `"HostConfig":{${[
    '"Memory":{{json .HostConfig.Memory}}',
    '"NanoCpus":{{json .HostConfig.NanoCPUs}}',
    '"CpuQuota":{{json .HostConfig.CPUQuota}}',
    '"CpuPeriod":{{json .HostConfig.CPUPeriod}}',
    '"NetworkMode":{{json .HostConfig.NetworkMode}}',
    '"LogConfig":{{json .HostConfig.LogConfig}}',
  ].join(',')}}`,
  '"NetworkSettings":{"Networks":{{json .NetworkSettings.Networks}},"Ports":{{json .NetworkSettings.Ports}}}',
].join(',')}}`;

/** Prints JSON, one object a line for each; fails when one of them is not there. */
export const inspectContainers = (ids: readonly string[]): Command =>
  docker('container', 'inspect', '--format', FACTS, ...ids);

export const inspectImage = (reference: string): Command => docker('image', 'inspect', reference);

export const inspectVolumes = (names: readonly string[]): Command => docker('volume', 'inspect', ...names);

/** Ids, whole and one a line, of running and stopped containers that carry all of these labels (`name=value` or `name`). */
export const listContainers = (labels: readonly string[]): Command =>
  docker(
    'container',
    'ls',
    '--all',
    '--no-trunc',
    '--quiet',
    ...labels.flatMap((label) => ['--filter', `label=${label}`]),
  );

/** Names, one a line, of the volumes that carry all of these labels. */
export const listVolumes = (labels: readonly string[]): Command =>
  docker('volume', 'ls', '--quiet', ...labels.flatMap((label) => ['--filter', `label=${label}`]));

export const connectNetwork = (
  network: string,
  container: string,
  { aliases, ip, ip6 }: { readonly aliases: readonly string[]; readonly ip?: string; readonly ip6?: string },
): Command =>
  docker(
    'network',
    'connect',
    ...aliases.flatMap((alias) => ['--alias', alias]),
    ...(ip === undefined ? [] : ['--ip', ip]),
    ...(ip6 === undefined ? [] : ['--ip6', ip6]),
    network,
    container,
  );

export const startContainer = (id: string): Command => docker('container', 'start', id);

/** SIGTERM, or the image's own signal, and SIGKILL after so many whole seconds. */
export const stopContainer = (id: string, seconds: number): Command =>
  docker('container', 'stop', '--time', String(seconds), id);

/** With its anonymous volumes, which belong to nobody else. */
export const removeContainer = (id: string): Command => docker('container', 'rm', '--force', '--volumes', id);

export const pauseContainer = (id: string): Command => docker('container', 'pause', id);

export const unpauseContainer = (id: string): Command => docker('container', 'unpause', id);

/** Both streams of the container, each with its own, a time before each line; never follows. `logs.ts` joins them. */
export const containerLogs = (id: string, lines: number): Command =>
  docker('container', 'logs', '--timestamps', '--tail', String(lines), id);

export const execIn = (id: string, words: readonly string[], input?: string): Command => ({
  ...docker('container', 'exec', ...(input === undefined ? [] : ['--interactive']), id, ...words),
  ...(input === undefined ? {} : { input }),
});

export const pullImage = (reference: string): Command => docker('image', 'pull', '--quiet', reference);

export const tagImage = (image: string, reference: string): Command =>
  docker('image', 'tag', image, reference);

/** Takes one name from an image, and the image itself with its last name; fails where a container uses that. */
export const removeImage = (reference: string): Command => docker('image', 'rm', reference);

export const engineInfo = (): Command => docker('info', '--format', '{{json .}}');

export const inspectNetworks = (names: readonly string[]): Command => docker('network', 'inspect', ...names);

/** A table with the columns PID and UID of its processes, as the engine's machine numbers them. */
export const processesOf = (id: string): Command => docker('container', 'top', id, '-eo', 'pid,uid');
