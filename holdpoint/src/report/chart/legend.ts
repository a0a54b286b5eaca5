import type { Element } from '../xml.ts';
import { line, rectangle, text } from './draw.ts';
import { LEFT } from './layout.ts';

const ENTRIES: readonly (readonly [className: string, said: string, width: number])[] = [
  ['look', 'new version, each look', 162],
  ['sofar', 'so far', 70],
  ['band', '95 % band', 92],
  ['old', 'old version', 100],
  ['limit', 'limit', 66],
  ['bad', 'ln E for a roll-back', 144],
  ['good', 'ln E for promotion', 140],
  ['gap', 'nothing seen', 0],
];

/** What each line means. */
export function legend(y: number): readonly Element[] {
  let x = LEFT;
  return ENTRIES.flatMap(([className, said, width]) => {
    const at = x;
    x += width;
    const sample =
      className === 'band' || className === 'gap'
        ? rectangle({ left: at, top: y - 9, width: 22, height: 10 }, className)
        : line({ x: at, y: y - 4 }, { x: at + 22, y: y - 4 }, className);
    return [sample, text(said, { x: at + 28, y }, { class: 'small' })];
  });
}
