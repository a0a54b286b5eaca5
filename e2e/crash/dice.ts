/** Whole numbers from `low` to `high` that follow from a seed (mulberry32). */
export function dice(seed: number): (low: number, high: number) => number {
  let state = seed;
  return (low, high) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return low + (((mixed ^ (mixed >>> 14)) >>> 0) % (high - low + 1));
  };
}

/** HOLDPOINT_SEED, which the configuration of tests sets. */
export const seedOfTest = (): number => Number(process.env['HOLDPOINT_SEED']);
