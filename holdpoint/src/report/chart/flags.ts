import { formatDuration } from '../../kernel/durations.ts';
import { redact } from '../../kernel/redaction.ts';
import type { Element } from '../xml.ts';
import { group, line, rectangle, text } from './draw.ts';
import type { Happening } from './happenings.ts';
import { LEFT } from './layout.ts';
import { place, type Scale } from './scale.ts';

/** Flags that can be told apart; what is left out is counted. */
const MOST = 24;
const SIZE = 16;
/** Characters that fit in a line below the panels. */
const LETTERS = 132;
const LINES = 3;
/** As wide as a digit. */
const FIGURE_SPACE = '\u2007';

export interface Flags {
  readonly height: number;
  draw(top: number, bottom: number): readonly Element[];
  /** What each flag stands for, from `top` on. */
  readonly list: readonly string[];
}

/** Numbered flags over the panels, each with a line through them; in two rows and more where they would overlap. */
export function flagsFor(happenings: readonly Happening[], beganAt: number, time: Scale): Flags {
  const shown = mostTelling(happenings);
  const rows: number[] = [];
  const flags = shown.map(({ at, tone }, index) => {
    const x = place(time, at - beganAt);
    const free = rows.findIndex((end) => x - SIZE / 2 > end + 2);
    const row = free === -1 ? rows.length : free;
    rows[row] = x + SIZE / 2;
    return { x, row, tone, number: index + 1 };
  });
  const left = happenings.length - shown.length;
  return {
    height: Math.max(1, rows.length) * (SIZE + 2),
    draw: (top, bottom) =>
      flags.map(({ x, row, tone, number }) => {
        const y = top + row * (SIZE + 2);
        const className = tone === 'plain' ? '' : ` ${tone}`;
        return group([
          line({ x, y: y + SIZE }, { x, y: bottom }, `mark${className}`),
          rectangle({ left: x - SIZE / 2, top: y, width: SIZE, height: SIZE }, `flag${className}`),
          text(String(number), { x, y: y + 12 }, { class: 'number middle' }),
        ]);
      }),
    list: [
      ...shown.flatMap(({ at, what }, index) =>
        wrapped(`${afterInWords(at - beganAt)}: ${redact(what)}`).map(
          (part, row) =>
            `${row === 0 ? String(index + 1).padStart(2, FIGURE_SPACE) : FIGURE_SPACE.repeat(2)}  ${part}`,
        ),
      ),
      ...(left > 0 ? [`… and ${left} more in the log`] : []),
    ],
  };
}

const afterInWords = (milliseconds: number): string =>
  milliseconds < 0 ? `${formatDuration(-milliseconds)} before` : `after ${formatDuration(milliseconds)}`;

/** What is good or bad before what is only so, in the order in which it happened. */
function mostTelling(happenings: readonly Happening[]): readonly Happening[] {
  if (happenings.length <= MOST) return happenings;
  const [first] = happenings;
  const telling = happenings.filter((one) => one.tone !== 'plain' || one === first).slice(0, MOST);
  const plain = happenings.filter((one) => !telling.includes(one)).slice(0, MOST - telling.length);
  const kept = new Set([...telling, ...plain]);
  return happenings.filter((one) => kept.has(one));
}

/** Lines of text, since a picture does not break them; what is longer than a few of them is cut. */
function wrapped(words: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if ([...longer].length <= LETTERS) line = longer;
    else {
      lines.push(clip(line));
      line = word;
    }
  }
  const all = [...lines, clip(line)].filter((one) => one !== '');
  return all.length <= LINES
    ? all
    : [...all.slice(0, LINES - 1), `${clip(all[LINES - 1] ?? '', LETTERS - 1)}…`];
}

export function clip(words: string, most = LETTERS): string {
  const letters = [...words];
  return letters.length <= most ? words : `${letters.slice(0, most - 1).join('')}…`;
}

export const listLines = (list: readonly string[], top: number): readonly Element[] =>
  list.map((said, index) => text(said, { x: LEFT, y: top + index * 17 }, { 'xml:space': 'preserve' }));
