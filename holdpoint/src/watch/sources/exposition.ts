/** One line of the Prometheus text format. */
export interface Row {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** May be NaN or infinite: what to do with such a value is the reader's decision. */
  readonly value: number;
}

export interface Exposition {
  readonly rows: readonly Row[];
  /** Every metric that was declared or has a line, wanted or not. */
  readonly names: ReadonlySet<string>;
  /** Lines that could not be read. */
  readonly unreadable: number;
}

/**
 * Rows of the Prometheus or OpenMetrics text format whose name is `wanted`. Never throws: a line that cannot be read
 * is counted and passed over. Timestamps and exemplars are ignored.
 */
export function parseExposition(text: string, wanted: (name: string) => boolean = () => true): Exposition {
  const rows: Row[] = [];
  const names = new Set<string>();
  let unreadable = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(start, end).trim();
    start = end + 1;
    if (line === '') continue;
    if (line.startsWith('#')) {
      const declared = /^#\s*TYPE\s+(\S+)/.exec(line)?.[1];
      if (declared !== undefined) names.add(declared);
      continue;
    }
    const nameEnd = line.search(/[{\s]/);
    const name = line.slice(0, nameEnd);
    if (nameEnd <= 0 || !/^[A-Za-z_:]/.test(name)) {
      unreadable += 1;
      continue;
    }
    names.add(name);
    if (!wanted(name)) continue;
    const row = parseRow(name, line, nameEnd);
    if (row === undefined) unreadable += 1;
    else rows.push(row);
  }
  return { rows, names, unreadable };
}

const BEFORE_VALUE = /\s*/y;
const CLOSE = /[\s,]*\}/y;
const LABEL = /[\s,]*([A-Za-z_][\w.:]*)\s*=\s*"/y;

function parseRow(name: string, line: string, from: number): Row | undefined {
  const labels = new Map<string, string>();
  let at = after(BEFORE_VALUE, line, from);
  if (line.charAt(at) === '{') {
    at += 1;
    while (after(CLOSE, line, at) === at) {
      LABEL.lastIndex = at;
      const label = LABEL.exec(line)?.[1];
      const opening = LABEL.lastIndex;
      const closing = label === undefined ? -1 : closingQuote(line, opening);
      if (label === undefined || closing === -1) return undefined;
      labels.set(label, plain(line.slice(opening, closing)));
      at = closing + 1;
    }
    at = after(CLOSE, line, at);
  }
  const value = parseNumber(/^\s*(\S+)/.exec(line.slice(at))?.[1] ?? '');
  return value === undefined ? undefined : { name, labels, value };
}

/** Where the pattern's match at `from` ends; `from` itself when there is none. */
function after(pattern: RegExp, line: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(line) ? pattern.lastIndex : from;
}

/** By hand, since a pattern would run out of stack on a value of some megabytes. */
function closingQuote(line: string, from: number): number {
  for (let at = from; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (character === '"') return at;
    if (character === '\\') at += 1;
  }
  return -1;
}

function plain(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

/** A number as the format writes it; undefined when it is none. */
export function parseNumber(text: string): number | undefined {
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = text === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}
