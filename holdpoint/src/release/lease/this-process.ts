import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { identify } from '../../system/exec/processes.ts';
import type { Here, Seen } from './holder.ts';

/** This process as a holder of leases; undefined where it cannot even find itself. */
export async function thisProcess(): Promise<Here | undefined> {
  const self = await identify(process.pid);
  if (self === undefined) return undefined;
  const [boot, namespace] = await Promise.all([bootId(), namespaceOfNumbers()]);
  const told = { ...(boot === undefined ? {} : { boot }), ...(namespace === undefined ? {} : { namespace }) };
  return { self: { host: hostname(), ...told, ...self }, look };
}

const bootId = (): Promise<string | undefined> =>
  readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

/** What process numbers and start times are counted in; undefined also where /proc is that of another namespace. */
async function namespaceOfNumbers(): Promise<string | undefined> {
  try {
    if ((await readlink('/proc/self')) !== String(process.pid)) return undefined;
    const numbers = await readlink('/proc/self/ns/pid');
    const times = await readlink('/proc/self/ns/time').catch(() => '');
    return `${numbers} ${times}`.trim();
  } catch {
    return undefined;
  }
}

async function look(pid: number): Promise<Seen> {
  const found = await identify(pid);
  if (found !== undefined) return found.startTicks;
  try {
    process.kill(pid, 0);
    // Reached, and yet not there to be looked at: the remains of one that has ended.
    return 'nobody';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'nobody' : 'hidden';
  }
}
