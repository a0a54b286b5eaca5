const Z_95 = 1.959963984540054;

/** The 95 % Wilson score interval of a rate; [0, 1] without trials. For the eye: the gate decides by its own tests. */
export function wilson(events: number, trials: number): readonly [low: number, high: number] {
  if (!(trials > 0)) return [0, 1];
  const rate = events / trials;
  const z2 = Z_95 ** 2;
  const centre = (rate + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = (Z_95 / (1 + z2 / trials)) * Math.sqrt((rate * (1 - rate)) / trials + z2 / (4 * trials ** 2));
  return [events === 0 ? 0 : Math.max(0, centre - half), events === trials ? 1 : Math.min(1, centre + half)];
}
