import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL = 50;

/** Waits until something is there, asking again and again; throws after `within` milliseconds. */
export async function eventually<Result>(
  what: string,
  within: number,
  look: () => Result | Promise<Result>,
): Promise<NonNullable<Exclude<Result, false>>> {
  const deadline = performance.now() + within;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false)
      return found as NonNullable<Exclude<Result, false>>;
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${within} ms`);
    await delay(INTERVAL);
  }
}
