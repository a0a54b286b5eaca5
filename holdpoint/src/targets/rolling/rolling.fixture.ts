import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from '../target.ts';

/** Plans from what lives and performs every step; yields the names of the steps. */
export async function rollTo(target: Target, version: string, fence = 1): Promise<readonly string[]> {
  const steps = target.roll(await target.inspect(), await target.resolve(version));
  for (const step of steps) await target.perform(step, { fence, signal: new AbortController().signal });
  return steps.map(({ name }) => String(name));
}

/** The status of a whole answer; 0 for one that broke on the way. */
export async function statusOf(address: string): Promise<number> {
  try {
    const response = await fetch(address);
    await response.text();
    return response.status;
  } catch {
    return 0;
  }
}

/** Asks for the address of each number, one each 10 ms until the work is done; yields the statuses of all of them. */
export async function statusesWhile(
  work: () => Promise<unknown>,
  addressOf: (number: number) => string,
): Promise<readonly number[]> {
  const statuses: Promise<number>[] = [];
  const working = new AbortController();
  const load = (async () => {
    while (!working.signal.aborted) {
      statuses.push(statusOf(addressOf(statuses.length)));
      await delay(10);
    }
  })();
  await work().finally(() => working.abort());
  await load;
  return Promise.all(statuses);
}
