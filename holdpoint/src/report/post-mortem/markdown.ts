import { escapeInline } from '../../checklist/escape.ts';
import { redact } from '../../kernel/redaction.ts';

/** Characters of a text in a sentence or a table's cell, and of a captured line; what is cut ends with `…`. */
const SENTENCE = 600;
const LINE = 400;

const ZERO_WIDTH = '\u200b';
/** Marks that turn the order of the letters around, or that nobody sees: a line must read as it was written. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
/** Colours and cursor movements of a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
const ANSI = /\u001b\[[0-?]*[ -/]*[@-~]/g;

/**
 * Text from the log as Markdown shows it behind other text: one line, without secrets, and nothing in it is markup.
 * Without the invisible mark that keeps `1.` from opening a list, which would be copied with a version.
 */
export function inline(text: string, limit = SENTENCE): string {
  const shown = escapeInline(clip(text, limit).replace(ANSI, '').replace(INVISIBLE, ''));
  return shown.startsWith(ZERO_WIDTH) ? shown.slice(1) : shown;
}

/** Masked before it is cut, for a secret is told by what stands around it; and not all of an endless line is read. */
function clip(text: string, limit: number): string {
  const masked = redact(text.slice(0, 4 * limit));
  if (masked.length <= limit && text.length <= 4 * limit) return masked;
  const cut = masked.slice(0, limit).replace(/[\ud800-\udbff]$/, '');
  // Between two words where there are some near: half a number would be another one.
  return `${cut.replace(/(?<=\S)\s+\S{0,40}$/, '')}…`;
}

/** Lines as they were captured, the last `most` of them, in a block that none of them can end. */
export function block(lines: readonly string[], most: number): readonly string[] {
  const all = lines.flatMap((text) => text.split(/\r\n|[\n\r\u0085\u2028\u2029]/));
  if (all.length === 0) return [];
  const cut = all.length - most;
  const shown = all.slice(-most).map((line) => clip(plainLine(line), LINE));
  const longest = Math.max(
    0,
    ...shown.flatMap((line) => (line.match(/`+/g) ?? []).map(({ length }) => length)),
  );
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return [
    `${fence}text`,
    ...(cut > 0 ? [`… ${counted(cut, 'line')} before this in the log`] : []),
    ...shown,
    fence,
    '',
  ];
}

const plainLine = (line: string): string =>
  line
    .toWellFormed()
    .replace(ANSI, '')
    .replace(INVISIBLE, '')
    .replaceAll('\t', '  ')
    .replace(/\p{Cc}/gu, '\ufffd')
    .trimEnd();

/** A table of cells that are Markdown already; nothing without rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row), ''];
}

/** `- text` for each, `most` of them at the most; what is left out is counted. */
export function bullets(texts: readonly string[], most = Number.POSITIVE_INFINITY): readonly string[] {
  if (texts.length === 0) return [];
  const more = texts.length - most;
  return [
    ...texts.slice(0, most).map((text) => `- ${/^\d/.test(text) ? ZERO_WIDTH : ''}${text}`),
    ...(more > 0 ? [`- … and ${more} more in the log`] : []),
    '',
  ];
}

/** `1 line`, `2 lines`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** `2026-03-01 20:00:05.123`, in UTC. */
export const instant = (at: number): string => new Date(at).toISOString().slice(0, 23).replace('T', ' ');
