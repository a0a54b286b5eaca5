/** From what is measured to where it is drawn. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
  /** Whether equal distances are equal square roots, so that the beginning of a long time gets the most room. */
  readonly bent?: boolean;
}

/** What lies outside of the scale is drawn at its end. */
export function place({ from, to, start, end, bent }: Scale, value: number): number {
  const share = to === from ? 0 : (value - from) / (to - from);
  const within = Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share));
  return start + (bent === true ? Math.sqrt(within) : within) * (end - start);
}

/** Round numbers from `from` to `to`, about `most` of them. */
export function ticks(from: number, to: number, most: number): readonly number[] {
  const rough = (to - from) / Math.max(1, most);
  if (!(rough > 0 && Number.isFinite(rough))) return [from];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((times) => times * power >= rough) ?? 10);
  return stepsOf(from, to, step);
}

const TIMES = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

/** Milliseconds at which a clock would be marked, no nearer to each other than `apart` where they are drawn. */
export function timeTicks(scale: Scale, apart: number): readonly number[] {
  const length = Math.abs(scale.end - scale.start);
  const most = Math.max(1, Math.floor(length / apart));
  if (scale.bent !== true) {
    const seconds = TIMES.find((step) => step * 1_000 * most >= scale.to);
    return stepsOf(0, scale.to, (seconds ?? Math.ceil(scale.to / most / 86_400_000) * 86_400) * 1_000);
  }
  const chosen = [0];
  for (const at of [...TIMES.map((seconds) => seconds * 1_000), scale.to].toSorted((a, b) => a - b)) {
    const near = place(scale, at) - place(scale, chosen.at(-1) ?? 0) < apart;
    if (at <= scale.to && !near) chosen.push(at);
  }
  return chosen;
}

function stepsOf(from: number, to: number, step: number): readonly number[] {
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  // Multiplied, since adding up steps would add up what they are rounded by.
  return Array.from({ length: Math.max(0, count) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** `90 s` as `1:30`, `2 h` as `2:00:00`: a mark on the axis of time. */
export function clockOf(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  const end = two(seconds % 60);
  return hours === 0 ? `${minutes}:${end}` : `${hours}:${two(minutes)}:${end}`;
}
