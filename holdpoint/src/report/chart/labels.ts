import type { Element } from '../xml.ts';
import { type Box, text } from './draw.ts';

/** Height of a line of small text. */
const LINE = 14;

/** Labels beside a panel, each as near to its place as the others let it stand, and none below the panel. */
export function spread(
  labels: readonly { readonly said: string; readonly y: number }[],
  box: Box,
  x: number,
): readonly Element[] {
  const sorted = labels.toSorted((a, b) => a.y - b.y);
  const placed: number[] = [];
  for (const { y } of sorted) placed.push(Math.max(y, (placed.at(-1) ?? box.top + 5 - LINE) + LINE));
  // From below: what was pushed out of the panel pushes back.
  let most = box.top + box.height - 3;
  for (let index = placed.length - 1; index >= 0; index -= 1) {
    placed[index] = Math.min(placed[index] ?? most, most);
    most = (placed[index] ?? most) - LINE;
  }
  return sorted.map(({ said }, index) => text(said, { x, y: (placed[index] ?? 0) + 4 }, { class: 'small' }));
}
