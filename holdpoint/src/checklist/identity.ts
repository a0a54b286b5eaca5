import { type ItemId, itemId } from '../kernel/ids.ts';

const LONGEST = 80;

/** Lower-case letters and digits of any script, joined by single hyphens, so that it fits into an HTML comment. */
function slug(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-');
  return [...plain.replace(/^-|-$/g, '')].slice(0, LONGEST).join('').replace(/-$/, '');
}

/** Sections are renumbered more often than renamed, so their numbers are no part of an id. */
function sectionSlug(heading: string): string {
  return slug(heading.replace(/^\s*\d+(\.\d+)*[.)]?\s+/, ''));
}

/** Hands out ids; the same words twice in one section become `words` and `words-2`. */
export function identities(): (section: readonly string[], text: string) => ItemId {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return (section, text) => {
    const path = [...section.map(sectionSlug), slug(text) || 'item'].filter((part) => part !== '').join('/');
    let id = path;
    let count = counts.get(path) ?? 1;
    while (taken.has(id)) {
      count += 1;
      id = `${path}-${count}`;
    }
    counts.set(path, count);
    taken.add(id);
    return itemId(id);
  };
}
