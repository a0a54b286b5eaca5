import type { Table } from 'mdast';
import { plainText, spanOf } from './markdown.ts';
import type { OwnBlock, SignOffRow } from './model.ts';
import { SIGNED_CLOSE, SIGNED_OPEN } from './own-blocks.ts';

/** Whether a heading announces the table in which people sign. */
export function isSignOff(heading: string | undefined): boolean {
  return /\bsign[\s-]*offs?\b|\bsignatures?\b/i.test(heading ?? '');
}

/** The rows to sign, and what Holdpoint wrote into their cells before. */
export function readSignOff(text: string, table: Table): { rows: SignOffRow[]; regions: OwnBlock[] } {
  const [head, ...body] = table.children;
  const columns = head?.children.map((cell) => plainText(cell.children).toLowerCase()) ?? [];
  const regions: OwnBlock[] = [];
  const rows = body.map((row): SignOffRow => {
    const cells: Record<string, number> = {};
    for (const [index, cell] of row.children.entries()) {
      const { start, end } = spanOf(cell);
      const column = columns[index];
      if (column !== undefined && !Object.hasOwn(cells, column)) {
        const place = fillAt(text, start, end);
        Object.defineProperty(cells, column, { value: place, enumerable: true });
      }
      let open: number | undefined;
      for (const child of cell.children) {
        if (child.type !== 'html') continue;
        if (child.value === SIGNED_OPEN) open = spanOf(child).start;
        if (child.value === SIGNED_CLOSE && open !== undefined) {
          regions.push({ start: open, end: spanOf(child).end });
          open = undefined;
        }
      }
    }
    return { role: plainText(row.children[0]?.children ?? []), cells };
  });
  return { rows, regions };
}

/** Inside a cell's bars, after its words, and one space away from the bar before where there is one. */
function fillAt(text: string, start: number, end: number): number {
  const cell = text.slice(start, end);
  const inner = cell.replace(/^\|/, '').replace(/(?<!\\)\|$/, '');
  const from = start + (cell.startsWith('|') ? 1 : 0);
  const words = inner.trimEnd();
  if (words !== '') return from + words.length;
  return from + (inner.startsWith(' ') ? 1 : 0);
}
