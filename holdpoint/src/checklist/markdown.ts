import type { Nodes, PhrasingContent, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { HoldpointError } from '../kernel/errors.ts';

const DEEPEST = 200;

/**
 * The document as a tree, read as GitHub reads it. Throws `configuration` when its containers nest deeper than any
 * checklist does, since the time to read them grows with the square of the depth.
 */
export function parseMarkdown(text: string): Root {
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const markers = /^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t]))+/.exec(line)?.[0] ?? '';
    if ((markers.match(/>|[-*+]|\d+[.)]/g) ?? []).length > DEEPEST) {
      throw new HoldpointError(
        'configuration',
        `line ${index + 1} nests more than ${DEEPEST} lists or quotes`,
        {
          next: 'Flatten the lists of the checklist.',
        },
      );
    }
  }
  return fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
}

/** The words of inline content on one line: no markup, no HTML. */
export function plainText(children: readonly PhrasingContent[]): string {
  let text = '';
  const open: PhrasingContent[] = [...children].reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === 'text' || node.type === 'inlineCode') text += node.value;
    else if (node.type === 'break') text += ' ';
    else if (node.type === 'image') text += node.alt ?? '';
    else if ('children' in node) open.push(...[...node.children].reverse());
  }
  return text.replace(/\s+/g, ' ').trim();
}

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

export function spanOf(node: Nodes): Span {
  const { start, end } = node.position ?? {};
  return {
    start: start?.offset ?? 0,
    end: end?.offset ?? 0,
    line: start?.line ?? 1,
    column: start?.column ?? 1,
  };
}

/** The offset at which the line that contains `offset` ends, before its line ending. */
export function endOfLine(text: string, offset: number): number {
  const rest = /[\r\n]/g;
  rest.lastIndex = offset;
  return rest.exec(text)?.index ?? text.length;
}
