import { readdir, readlink, rm } from 'node:fs/promises';
import { identify, signal, waitForExit } from '../../system/exec/processes.ts';

const END_WITHIN = 10_000;

/** Removes a folder, and first every process that works in it: servers of a drill that was killed live on. */
export async function removeWithProcesses(folder: string): Promise<void> {
  for (const pid of await processesIn(folder)) {
    const found = await identify(pid);
    if (found === undefined) continue;
    await signal(found, 'SIGKILL');
    await waitForExit(found, END_WITHIN);
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Servers have their data directory as working directory. Empty where there is no procfs. */
export async function processesIn(folder: string): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return pids.filter((pid, index) => pid !== process.pid && places[index]?.startsWith(`${folder}/`) === true);
}
