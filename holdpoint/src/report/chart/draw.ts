import type { Element } from '../xml.ts';

/** Where a panel lies, in the units of the picture. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Spot {
  readonly x: number;
  readonly y: number;
}

const short = (value: number): string => String(Math.round(value * 10) / 10);

export function text(
  content: string,
  { x, y }: Spot,
  attributes: Readonly<Record<string, string | number>> = {},
): Element {
  return { name: 'text', attributes: { x: short(x), y: short(y), ...attributes }, content };
}

export function line(from: Spot, to: Spot, className: string): Element {
  const attributes = { x1: short(from.x), y1: short(from.y), x2: short(to.x), y2: short(to.y) };
  return { name: 'line', attributes: { class: className, ...attributes } };
}

export function rectangle({ left, top, width, height }: Box, className: string): Element {
  const attributes = { x: short(left), y: short(top), width: short(width), height: short(height) };
  return { name: 'rect', attributes: { class: className, ...attributes } };
}

export function dot({ x, y }: Spot, radius: number, className: string): Element {
  return { name: 'circle', attributes: { class: className, cx: short(x), cy: short(y), r: radius } };
}

export const group = (content: readonly Element[], attributes: Element['attributes'] = {}): Element => ({
  name: 'g',
  attributes,
  content,
});

/** A line through the spots, broken where there is none; a spot alone between two breaks is a dot. Nothing without any. */
export function path(spots: readonly (Spot | undefined)[], className: string): readonly Element[] {
  const commands: string[] = [];
  for (const [index, spot] of spots.entries()) {
    if (spot === undefined) continue;
    const begins = spots[index - 1] === undefined;
    commands.push(`${begins ? 'M' : ''}${short(spot.x)},${short(spot.y)}`);
    if (begins && spots[index + 1] === undefined) commands.push('h.1');
  }
  return commands.length === 0
    ? []
    : [{ name: 'path', attributes: { class: className, d: commands.join(' ') } }];
}

/** The area between two lines that have the same breaks. */
export function area(
  spots: readonly ({ readonly x: number; readonly low: number; readonly high: number } | undefined)[],
  className: string,
): readonly Element[] {
  const parts: string[] = [];
  let open: { x: number; low: number; high: number }[] = [];
  const close = (): void => {
    if (open.length > 1) {
      const there = open.map(({ x, high }) => `${short(x)},${short(high)}`);
      const back = open.toReversed().map(({ x, low }) => `${short(x)},${short(low)}`);
      parts.push(`M${[...there, ...back].join(' ')}Z`);
    }
    open = [];
  };
  for (const spot of spots) {
    if (spot === undefined) close();
    else open.push(spot);
  }
  close();
  return parts.length === 0 ? [] : [{ name: 'path', attributes: { class: className, d: parts.join('') } }];
}
