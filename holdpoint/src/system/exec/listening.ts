import { readdir, readFile, readlink } from 'node:fs/promises';

const LISTEN = '0A';

/**
 * Whether one of these processes listens on a TCP port of this machine, by proc_net(5) and proc_pid_fd(5). Undefined
 * where that cannot be told: without procfs, when nobody is seen to listen, or when a process may not be looked into.
 */
export async function listensOn(pids: readonly number[], port: number): Promise<boolean | undefined> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readIfAny(path)));
  const inodes = new Set(tables.flatMap((table) => listenersIn(table ?? '', port)));
  if (inodes.size === 0) return undefined;
  let unseen = false;
  for (const pid of pids) {
    const held = await socketsOf(pid);
    if (held?.some((inode) => inodes.has(inode))) return true;
    unseen ||= held === undefined;
  }
  return unseen ? undefined : false;
}

/** The inodes of the sockets that listen on a port, from a table such as /proc/net/tcp. */
export function listenersIn(table: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === LISTEN && local.endsWith(`:${wanted}`) && inode !== undefined ? [inode] : [];
  });
}

async function socketsOf(pid: number): Promise<readonly string[] | undefined> {
  const folder = `/proc/${pid}/fd`;
  try {
    const links = await Promise.all(
      (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => '')),
    );
    return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
  } catch (error) {
    // One that has ended holds nothing; one of somebody else is not ours to see.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : undefined;
  }
}

const readIfAny = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch(() => undefined);
