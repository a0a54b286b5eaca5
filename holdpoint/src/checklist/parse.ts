import type { Heading, Html, ListItem, Nodes, Paragraph } from 'mdast';
import type { ItemId } from '../kernel/ids.ts';
import { bindingWords, parseBinding } from './comment.ts';
import { identities } from './identity.ts';
import { endOfLine, parseMarkdown, plainText, spanOf } from './markdown.ts';
import type { Checklist, ChecklistItem, OwnBlock, Problem, SignOffRow } from './model.ts';
import { repairMojibake } from './mojibake.ts';
import { isOwnLine, mentionsOwnLine, ownLineRange } from './own-blocks.ts';
import { isSignOff, readSignOff } from './sign-off-table.ts';

type Draft = { -readonly [Key in keyof ChecklistItem]: ChecklistItem[Key] };

/** One place in the tree that is still to be visited. */
interface Visit {
  readonly node: Nodes;
  readonly depth: number;
  readonly parent: ItemId | undefined;
  /** The item whose own content this is. */
  readonly owner: Draft | undefined;
}

/** The box of a list item, found from the item's start: the tree's paragraph starts sometimes before and sometimes after it. */
const BOX = /^(?:[-*+]|\d{1,9}[.)])[\s>]*\[([ xX])\]/;

class Reader {
  readonly items: Draft[] = [];
  readonly sections: (readonly string[])[] = [];
  readonly ownBlocks: OwnBlock[] = [];
  readonly problems: Problem[] = [];
  readonly signOff: SignOffRow[] = [];
  private readonly text: string;
  private readonly identify = identities();
  private headings: { depth: number; title: string }[] = [];
  private readonly documentTitle: Heading | undefined;
  /** The item that a comment met now would speak of. */
  private last: Draft | undefined;

  constructor(text: string) {
    this.text = text;
    const root = parseMarkdown(text);
    const titles = root.children.filter((node) => node.type === 'heading' && node.depth === 1);
    const first = root.children.find((node) => node.type === 'heading');
    if (titles.length === 1 && first?.type === 'heading' && first.depth === 1) this.documentTitle = first;
    for (const node of root.children) this.visitAll(node);
  }

  private visitAll(top: Nodes): void {
    if (top.type === 'heading') {
      this.enterSection(top);
      return;
    }
    const open: Visit[] = [{ node: top, depth: 0, parent: undefined, owner: undefined }];
    for (let visit = open.pop(); visit !== undefined; visit = open.pop()) {
      open.push(...this.visit(visit).reverse());
    }
  }

  private visit({ node, depth, parent, owner }: Visit): Visit[] {
    if (node.type === 'html') {
      this.comment(node, owner);
      return [];
    }
    if (node.type === 'listItem') {
      const paragraph = node.children[0];
      const item = paragraph?.type === 'paragraph' ? this.item(node, paragraph, depth, parent) : undefined;
      const children = item ? node.children.slice(1) : node.children;
      const inside = { depth: depth + 1, parent: item?.id ?? parent, owner: item };
      return children.map((child) => ({ node: child, ...inside }));
    }
    if (node.type === 'list' || node.type === 'blockquote' || node.type === 'footnoteDefinition') {
      return node.children.map((child) => ({ node: child, depth, parent, owner: undefined }));
    }
    this.last = undefined;
    if (node.type === 'table') {
      const { rows, regions } = readSignOff(this.text, node);
      this.ownBlocks.push(...regions);
      if (isSignOff(this.headings.at(-1)?.title)) this.signOff.push(...rows);
    }
    return [];
  }

  private enterSection(node: Heading): void {
    this.last = undefined;
    if (node === this.documentTitle) return;
    this.headings = this.headings.filter(({ depth }) => depth < node.depth);
    this.headings.push({ depth: node.depth, title: repairMojibake(plainText(node.children)).trim() });
    this.sections.push(this.headings.map(({ title }) => title));
  }

  private item(node: ListItem, paragraph: Paragraph, depth: number, parent?: ItemId): Draft | undefined {
    if (typeof node.checked !== 'boolean') return undefined;
    const { start, line, column } = spanOf(node);
    const box = BOX.exec(this.text.slice(start, spanOf(paragraph).start + 8));
    if (box?.[1] === undefined) return undefined;
    const boxOffset = start + box[0].length - 2;
    const words = repairMojibake(plainText(paragraph.children)).trim();
    const section = this.headings.map(({ title }) => title);
    const textEnd = spanOf(paragraph).end;
    const lineStart = /[^\r\n]*$/.exec(this.text.slice(0, boxOffset - 1))?.[0] ?? '';
    const item: Draft = {
      id: this.identify(section, words),
      text: words,
      section,
      line,
      column,
      boxOffset,
      ticked: box[1] !== ' ',
      depth,
      ...(parent === undefined ? {} : { parent }),
      place: {
        textEnd,
        lineEnd: endOfLine(this.text, textEnd),
        indent: lineStart.replace(/[^>\t]/g, ' '),
      },
    };
    this.items.push(item);
    this.last = item;
    for (const child of paragraph.children) if (child.type === 'html') this.comment(child, undefined);
    return item;
  }

  private comment(node: Html, owner: Draft | undefined): void {
    const { start, end, line, column } = spanOf(node);
    if (isOwnLine(node.value) && /(?:^|[\r\n])[ \t>]*$/.test(this.text.slice(0, start))) {
      this.ownBlocks.push(ownLineRange(this.text, start, end));
      return;
    }
    const complain = (message: string) => this.problems.push({ line, column, message });
    if (mentionsOwnLine(node.value)) complain('a block that Holdpoint wrote was changed; remove it by hand');
    const words = bindingWords(node.value);
    if (words === undefined) return;
    const item = this.last;
    if (item === undefined) complain('this comment follows no item, so it binds nothing');
    else if (item.binding !== undefined)
      complain(`'${item.text}' is bound already; the first comment counts`);
    else {
      const binding = parseBinding(words);
      if (typeof binding === 'string') complain(binding);
      else item.binding = binding;
      if (owner === item) item.place = { ...item.place, lineEnd: endOfLine(this.text, end) };
    }
  }
}

/**
 * The items of a Markdown checklist. Reads GitHub task lists of any depth, keeps byte order mark and line endings, and
 * takes boxes in code for code. Throws `configuration` on a document that nests absurdly deep; nothing else is refused.
 */
export function parseChecklist(document: string): Checklist {
  const bom = /^\ufeff*/.exec(document)?.[0] ?? '';
  const text = document.slice(bom.length);
  const { items, sections, signOff, ownBlocks, problems } = new Reader(text);
  const eol = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
  return { text, bom, eol, items, sections, signOff, ownBlocks, problems };
}
