import { join } from 'node:path';
import { readTextIfAny } from '../../system/files.ts';

/** How many processes the kernel had killed for want of memory when a replica was started, and where it says so. */
export interface MemoryKills {
  /** A counter of the replica's own control group where there is one, else that of the whole machine. */
  readonly source: string;
  readonly kills: number;
}

/** Undefined where the kernel tells neither. `root` is where its files lie. */
export async function memoryKills(pid: number, root = '/'): Promise<MemoryKills | undefined> {
  const groups = (await read(join(root, 'proc', String(pid), 'cgroup'))) ?? '';
  const group = /^0::(\/.*)$/m.exec(groups)?.[1];
  const sources = [
    ...(group === undefined ? [] : [join(root, 'sys', 'fs', 'cgroup', group, 'memory.events')]),
    join(root, 'proc', 'vmstat'),
  ];
  for (const source of sources) {
    const kills = await countIn(source);
    if (kills !== undefined) return { source, kills };
  }
  return undefined;
}

/**
 * Whether the kernel has killed since. Of a replica that is gone this is the best that can be told without its parent:
 * somebody else may have been the one who was killed, if the counter is not the replica's own.
 */
export async function killedSince({ source, kills }: MemoryKills): Promise<boolean> {
  return ((await countIn(source)) ?? 0) > kills;
}

async function countIn(source: string): Promise<number | undefined> {
  const count = /^oom_kill (\d+)$/m.exec((await read(source)) ?? '')?.[1];
  return count === undefined ? undefined : Number(count);
}

/** What cannot be read tells nothing, and must not cost the replica. */
const read = (file: string): Promise<string | undefined> => readTextIfAny(file).catch(() => undefined);
