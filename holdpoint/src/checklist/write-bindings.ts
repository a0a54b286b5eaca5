import type { ItemId } from '../kernel/ids.ts';
import type { Proposal } from './bind.ts';
import { formatBinding } from './comment.ts';
import { applyEdits, type Edit, safeEdits } from './edits.ts';
import type { Checklist } from './model.ts';
import { parseChecklist } from './parse.ts';

interface BindingEdit extends Edit {
  readonly item: ItemId;
}

/**
 * The document with a comment after each item that has none yet; nothing else changes, and a second time changes
 * nothing. `unwritten` are items after which a comment would not be read as one, such as within an open `<?`.
 */
export function writeBindings(
  document: string,
  proposals: readonly Proposal[],
): { readonly document: string; readonly unwritten: readonly ItemId[] } {
  const before = parseChecklist(document);
  const byItem = new Map(proposals.map((proposal) => [proposal.item, proposal.binding]));
  const edits: BindingEdit[] = [];
  for (const { id, binding, place } of before.items) {
    const proposed = byItem.get(id);
    if (binding !== undefined || proposed === undefined) continue;
    edits.push({ item: id, start: place.textEnd, end: place.textEnd, text: ` ${formatBinding(proposed)}` });
  }
  const safe = safeEdits(edits, (some) => reads(before, some));
  const written = new Set(safe.map(({ item }) => item));
  return {
    document: before.bom + applyEdits(before.text, safe),
    unwritten: edits.map(({ item }) => item).filter((item) => !written.has(item)),
  };
}

/** Whether the edited document has the same items, bound as before or by the edit. */
function reads(before: Checklist, edits: readonly BindingEdit[]): boolean {
  const { items } = parseChecklist(applyEdits(before.text, edits));
  const added = new Map(edits.map(({ item, text }) => [item, text.trim()]));
  return (
    items.length === before.items.length &&
    before.items.every(({ id, text, binding }, index) => {
      const now = items[index];
      const expected = added.get(id) ?? (binding && formatBinding(binding));
      return now?.id === id && now.text === text && (now.binding && formatBinding(now.binding)) === expected;
    })
  );
}
