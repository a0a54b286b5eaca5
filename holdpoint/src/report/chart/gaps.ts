import type { WatchRead } from '../watch-read.ts';
import type { Element } from '../xml.ts';
import { rectangle } from './draw.ts';
import type { Panels } from './layout.ts';
import { place, type Scale } from './scale.ts';

interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Narrower than this, in units of the picture, two gaps are one. */
const APART = 2;
const MOST = 60;

/** Times in which nobody looked, or nobody answered, behind the panels. */
export function gaps(
  { blocks, beganAt }: WatchRead,
  time: Scale,
  panels: readonly Panels[],
): readonly Element[] {
  const merged: Gap[] = [];
  for (const { at, milliseconds, gap, answered } of blocks) {
    if (!gap && answered > 0) continue;
    const from = place(time, at - milliseconds - beganAt);
    const to = place(time, at - beganAt);
    const last = merged.at(-1);
    if (last !== undefined && from - last.to < APART)
      merged.splice(-1, 1, { from: last.from, to: Math.max(to, last.to) });
    else merged.push({ from, to });
  }
  // Where there are very many, the longest tell the most.
  const shown = merged.toSorted((a, b) => b.to - b.from - (a.to - a.from)).slice(0, MOST);
  const first = panels[0]?.values.top;
  const last = panels.at(-1);
  if (first === undefined || last === undefined) return [];
  const height = last.end - 18 - first;
  return shown.map(({ from, to }) =>
    rectangle({ left: from, top: first, width: Math.max(1, to - from), height }, 'gap'),
  );
}
