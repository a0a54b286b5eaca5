import type { ItemId } from '../kernel/ids.ts';
import { ticks } from '../kernel/verdict.ts';
import { applyEdits, type Edit, safeEdits } from './edits.ts';
import { escapeHtml, escapeInline } from './escape.ts';
import { evidenceDocument, evidenceHtml, shortHash } from './evidence.ts';
import { endOfLine } from './markdown.ts';
import type { Checklist, Outcome, SignOff } from './model.ts';
import { ownLine, SIGNED_CLOSE, SIGNED_OPEN, withoutOwnBlocks } from './own-blocks.ts';
import { parseChecklist } from './parse.ts';
import { statusOf } from './status.ts';

export interface RenderOptions {
  /** Under each item in a collapsed block, or in a document of its own. */
  readonly evidence: 'inline' | 'beside';
  readonly signOffs?: readonly SignOff[];
  /** The last line; counts of the verdicts when absent. */
  readonly status?: string;
}

export interface Rendering {
  readonly document: string;
  /** All evidence as Markdown; to be written beside the document where it is not in it. */
  readonly evidence: string;
  /** Items ticked by hand whose tick is gone, because nothing proves it. */
  readonly unticked: readonly ItemId[];
  /** Items whose evidence the Markdown around them leaves no room for; it is in `evidence`. */
  readonly unplaced: readonly ItemId[];
}

interface Block extends Edit {
  readonly item?: ItemId;
}

/**
 * The checklist with a tick for each item that passed or was attested, and for no other: a tick without evidence proves
 * nothing, so one that was set by hand goes. Beyond that one character an item, what was in the document stays byte for
 * byte; what an earlier rendering added is replaced, so that rendering twice changes nothing.
 */
export function renderChecklist(
  checklist: Checklist,
  outcomes: ReadonlyMap<string, Outcome>,
  options: RenderOptions,
): Rendering {
  const base = original(checklist);
  const earned = (id: ItemId): boolean => ticks(outcomes.get(id)?.verdict ?? 'inconclusive');
  const boxes = base.items.flatMap(({ id, boxOffset, ticked }): Edit[] =>
    ticked === earned(id) ? [] : [{ start: boxOffset, end: boxOffset + 1, text: earned(id) ? 'x' : ' ' }],
  );
  const ticked = applyEdits(base.text, boxes);
  const wanted = [
    ...evidenceBlocks(base, outcomes, options),
    ...signatures(base, options),
    status(base, outcomes, options),
  ];
  const placed = safeEdits(wanted, (some) => readsBack(base, ticked, some));
  const kept = new Set(placed);
  return {
    document: base.bom + applyEdits(ticked, placed),
    evidence: evidenceDocument(base.items, outcomes, base.eol),
    unticked: base.items.filter((item) => item.ticked && !earned(item.id)).map(({ id }) => id),
    unplaced: wanted.flatMap((block) => (block.item === undefined || kept.has(block) ? [] : [block.item])),
  };
}

/** The checklist before Holdpoint wrote into it. Removing a block can lay another one open, so until none is left. */
function original(checklist: Checklist): Checklist {
  let base = checklist;
  while (base.ownBlocks.length > 0) {
    base = parseChecklist(base.bom + withoutOwnBlocks(base.text, base.ownBlocks));
  }
  return base;
}

function evidenceBlocks(
  base: Checklist,
  outcomes: ReadonlyMap<string, Outcome>,
  { evidence }: RenderOptions,
): Block[] {
  if (evidence === 'beside') return [];
  return base.items.flatMap(({ id, place }): Block[] => {
    const outcome = outcomes.get(id);
    if (!outcome) return [];
    const text = base.eol + place.indent + ownLine('evidence', id, evidenceHtml(outcome));
    return [{ item: id, start: place.lineEnd, end: place.lineEnd, text }];
  });
}

function signatures(base: Checklist, { signOffs = [] }: RenderOptions): Block[] {
  return base.signOff.flatMap(({ role, cells }): Block[] => {
    const signed = signOffs.find((one) => one.role.toLowerCase() === role.toLowerCase());
    if (!signed) return [];
    const values = { name: signed.name, signature: shortHash(signed.hash), date: signed.date };
    return Object.entries(values).flatMap(([column, value]): Block[] => {
      const at = Object.hasOwn(cells, column) ? cells[column] : undefined;
      if (at === undefined) return [];
      return [{ start: at, end: at, text: `${SIGNED_OPEN}${escapeInline(value)} ${SIGNED_CLOSE}` }];
    });
  });
}

function status(base: Checklist, outcomes: ReadonlyMap<string, Outcome>, options: RenderOptions): Block {
  const at = endOfLine(base.text, base.text.trimEnd().length);
  const words = escapeHtml(options.status ?? statusOf(base.items, outcomes));
  const html = `<p><strong>Status:</strong> ${words}</p>`;
  return { start: at, end: at, text: base.eol + ownLine('status', '', html) };
}

/** Whether the result has the same items, and is the ticked document again when the blocks are taken out. */
function readsBack(base: Checklist, ticked: string, blocks: readonly Block[]): boolean {
  const now = parseChecklist(applyEdits(ticked, blocks));
  return (
    now.ownBlocks.length === blocks.length &&
    withoutOwnBlocks(now.text, now.ownBlocks) === ticked &&
    now.items.length === base.items.length &&
    base.items.every(({ id, text, binding, parent, depth }, index) => {
      const item = now.items[index];
      return (
        item?.id === id &&
        item.text === text &&
        item.parent === parent &&
        item.depth === depth &&
        JSON.stringify(item.binding) === JSON.stringify(binding)
      );
    })
  );
}
