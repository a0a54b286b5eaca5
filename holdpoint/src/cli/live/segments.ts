import type { Paint } from './lines.ts';

/** A piece of a line in one colour. */
export interface Segment {
  readonly text: string;
  readonly style?: Parameters<Paint>[0];
}

export const bare = (text: string): Segment => ({ text });
export const styled = (style: Parameters<Paint>[0], text: string): Segment => ({ text, style });

/** The segments as one line of `columns` characters at the most; what is cut ends with `…`. */
export function lineFrom(segments: readonly Segment[], columns: number, paint: Paint): string {
  const total = segments.reduce((sum, { text }) => sum + lengthOf(text), 0);
  let left = total <= columns ? columns : columns - 1;
  const shown = segments.map(({ text, style }) => {
    const piece = [...text].slice(0, Math.max(0, left)).join('');
    left -= lengthOf(piece);
    return style === undefined || piece === '' ? piece : paint(style, piece);
  });
  return `${shown.join('').replace(/ +$/, '')}${total <= columns ? '' : '…'}`;
}

/** Code points: half of a surrogate pair must never be cut off. */
export const lengthOf = (text: string): number => [...text].length;

export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return align === 'left' ? text + space : space + text;
}
