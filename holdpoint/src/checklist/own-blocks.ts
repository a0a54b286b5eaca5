import type { OwnBlock } from './model.ts';

/**
 * What Holdpoint writes into a document lies between two comments on one line. CommonMark ends such an HTML block with
 * the line itself, so it swallows nothing that follows and needs no empty line, which would make a tight list loose.
 */
const LINE = /^\s*<!-- holdpoint:(evidence|status)(?: \S+)? -->.*<!-- \/holdpoint:\1 -->$/;

export const SIGNED_OPEN = '<!-- holdpoint:signed -->';
export const SIGNED_CLOSE = '<!-- /holdpoint:signed -->';

export function ownLine(kind: 'evidence' | 'status', id: string, html: string): string {
  return `<!-- holdpoint:${kind}${id === '' ? '' : ` ${id}`} -->${html}<!-- /holdpoint:${kind} -->`;
}

export function isOwnLine(html: string): boolean {
  return LINE.test(html);
}

/** HTML that begins as a block of ours; where it does not end as one, it cannot be replaced safely. */
export function mentionsOwnLine(html: string): boolean {
  return /^\s*<!-- \/?holdpoint:(evidence|status)\b/.test(html);
}

/** The range of an own line with the line ending before it, or after it where the document starts with it. */
export function ownLineRange(text: string, start: number, end: number): OwnBlock {
  const before = /(?:\r\n|\n|\r)[^\r\n]*$/.exec(text.slice(0, start));
  if (before) return { start: before.index, end };
  const after = /^(?:\r\n|\n|\r)/.exec(text.slice(end));
  return { start: 0, end: end + (after?.[0].length ?? 0) };
}

/** The document without what Holdpoint wrote into it. */
export function withoutOwnBlocks(text: string, blocks: readonly OwnBlock[]): string {
  let rest = '';
  let from = 0;
  for (const { start, end } of [...blocks].sort((one, other) => one.start - other.start)) {
    if (start < from) continue;
    rest += text.slice(from, start);
    from = end;
  }
  return rest + text.slice(from);
}
