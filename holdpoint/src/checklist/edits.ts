/** Replaces `[start, end)` of a document by `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The document with all edits made. Edits must not overlap; those at one place keep their order. */
export function applyEdits(document: string, edits: readonly Edit[]): string {
  let result = '';
  let from = 0;
  for (const { start, end, text } of [...edits].sort((one, other) => one.start - other.start)) {
    result += document.slice(from, start) + text;
    from = end;
  }
  return result + document.slice(from);
}

const MOST_ATTEMPTS = 60;

/**
 * As many of the edits as `holds` allows. Markdown has corners where an inserted line changes what the next one means;
 * there the offending edit is found by halving and left out. After 60 attempts what is still in doubt is left out too.
 */
export function safeEdits<One extends Edit>(
  edits: readonly One[],
  holds: (some: readonly One[]) => boolean,
): One[] {
  let attempts = 0;
  const keep = (accepted: One[], rest: readonly One[]): One[] => {
    if (rest.length === 0) return accepted;
    attempts += 1;
    if (attempts > MOST_ATTEMPTS) return accepted;
    const all = [...accepted, ...rest];
    if (holds(all)) return all;
    if (rest.length === 1) return accepted;
    const middle = Math.ceil(rest.length / 2);
    return keep(keep(accepted, rest.slice(0, middle)), rest.slice(middle));
  };
  return keep([], edits);
}
