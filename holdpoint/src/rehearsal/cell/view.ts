import { lstat, readFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { sep } from 'node:path';
import type { View } from './bubblewrap.ts';

/** Where programs leave their sockets, locks and queues. A queue that is on disk is sent by somebody outside. */
const KEPT_AWAY = ['/tmp', '/var/tmp', '/run', '/var/run', '/var/lock', '/var/spool'];

/** Looks at this machine: what has to be hidden, and which of `wanted` has to be shown nevertheless. */
export async function viewOf(wanted: readonly string[], shared: string): Promise<View> {
  const hidden = outermost(await existing([...KEPT_AWAY, tmpdir()]));
  const shown = await Promise.all([...new Set(wanted)].map((path) => shownAs(path, hidden)));
  const places = shown.flat().map(({ at }) => at);
  const sockets = await reachableSockets(hidden, places, shared);
  return { hidden, shown: shown.flat(), sockets, shared };
}

/** By their real names, since nothing can be mounted on a symbolic link; without what is not there. */
async function existing(paths: readonly string[]): Promise<readonly string[]> {
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return [...new Set(real)].flatMap((path) => (path === undefined || path === '/' ? [] : path));
}

function outermost(folders: readonly string[]): readonly string[] {
  return folders.filter((one) => !folders.some((other) => isBelow(one, other)));
}

const isBelow = (path: string, folder: string): boolean =>
  path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** Under its own name and its real one, where these are hidden: what was found by one may be opened by the other. */
async function shownAs(path: string, hidden: readonly string[]): Promise<View['shown']> {
  const source = await realpath(path).catch(() => undefined);
  if (source === undefined) return [];
  return [...new Set([source, path])]
    .filter((at) => hidden.some((folder) => isBelow(at, folder)))
    .map((at) => ({ source, at }));
}

async function reachableSockets(
  hidden: readonly string[],
  shown: readonly string[],
  shared: string,
): Promise<readonly string[]> {
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => '');
  const visible = (await existing(socketPaths(table))).filter(
    (path) =>
      !isBelow(path, shared) &&
      // The cell has a /dev of its own.
      !isBelow(path, '/dev') &&
      (!hidden.some((folder) => isBelow(path, folder)) || shown.some((folder) => isBelow(path, folder))),
  );
  const sockets = await Promise.all(
    visible.map(async (path) => (await lstat(path).catch(() => undefined))?.isSocket() === true),
  );
  return visible.filter((_path, index) => sockets[index]);
}

/** The sockets with a file in `/proc/net/unix` (proc_net(5)); what starts with `@` has none. */
export function socketPaths(table: string): readonly string[] {
  const paths = table.split('\n').flatMap((line) => /^(?:\S+:?\s+){6}\d+\s+(\/.*)$/.exec(line)?.[1] ?? []);
  return [...new Set(paths)];
}
