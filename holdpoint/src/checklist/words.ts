import { repairMojibake } from './mojibake.ts';
import { type StatedQuantity, statedQuantities } from './quantity.ts';
import { EXPRESSIONS, SAME, STATUS_WORDS, TURNING_WORDS } from './vocabulary.ts';

/**
 * The stem of an English word: plural, past and gerund endings go, so that 'migrations', 'migrated' and 'migration'
 * meet. A cut-down form of Porter's algorithm (1980); it need not yield words, only the same for the same.
 */
export function stem(word: string): string {
  if (word.length <= 3) return word;
  let root = word
    .replace(/sses$/, 'ss')
    .replace(/ies$/, 'y')
    .replace(/([xsz]|ch|sh)es$/, '$1')
    .replace(/([^s])s$/, '$1');
  for (const ending of [
    'izations',
    'isations',
    'ization',
    'isation',
    'ations',
    'ation',
    'ating',
    'ated',
    'ate',
  ]) {
    if (root.endsWith(ending) && root.length - ending.length >= 4) return root.slice(0, -ending.length);
  }
  const shorter = root.replace(/(?:ing|ed|ment|ly|ion)$/, '');
  if (shorter !== root && shorter.length >= 3 && /[aeiouy]/.test(shorter)) {
    root = shorter.replace(/([bdfgmnprt])\1$/, '$1');
  }
  return root.length > 3 ? root.replace(/e$/, '').replace(/y$/, 'i') : root;
}

const CANON: ReadonlyMap<string, string> = new Map(
  Object.entries(SAME).flatMap(([word, others]) =>
    [word, ...others.split(' ')].map((other): [string, string] => [stem(other), stem(word)]),
  ),
);

const stems = (words: string): ReadonlySet<string> => new Set(words.split(' ').map(stem));
const STATUS = stems(STATUS_WORDS);
const TURNING = stems(TURNING_WORDS);

/** 'status' tells how far a thing is, 'turning' reverses it, 'content' is the thing. */
export type WordKind = 'content' | 'status' | 'turning';

export interface Words {
  /** Each word once, in order of appearance, in its canonical form. */
  readonly kinds: ReadonlyMap<string, WordKind>;
  /** Those that stand only in brackets: examples and asides. */
  readonly asides: ReadonlySet<string>;
  /** The content words as they were written, lower case. */
  readonly written: readonly string[];
  readonly quantities: readonly StatedQuantity[];
  /** Such as `p95`, where the text names one. */
  readonly percentile?: string;
}

function split(text: string): string[] {
  const expressions = EXPRESSIONS.reduce((rest, [expression, word]) => rest.replace(expression, word), text);
  return expressions.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '' && !/^\d+$/.test(word));
}

function kindOf(word: string, root: string): WordKind {
  if (TURNING.has(root)) return 'turning';
  return STATUS.has(stem(word)) ? 'status' : 'content';
}

/** The words of an item, a heading or a phrase, made comparable. */
export function wordsOf(text: string): Words {
  const { quantities, rest } = statedQuantities(repairMojibake(text).normalize('NFKC'));
  const lower = rest.replace(/([a-z])([A-Z][a-z])/g, '$1 $2').toLowerCase();
  const kinds = new Map<string, WordKind>();
  const written: string[] = [];
  const main = new Set<string>();
  for (const [part, aside] of [
    [lower.replace(/\([^()]*\)/g, ' '), false],
    [(lower.match(/\([^()]*\)/g) ?? []).join(' '), true],
  ] as const) {
    for (const word of split(part)) {
      const root = CANON.get(stem(word)) ?? stem(word);
      if (!aside) main.add(root);
      if (kinds.has(root)) continue;
      const kind = kindOf(word, root);
      kinds.set(root, kind);
      if (kind === 'content' && !aside) written.push(word);
    }
  }
  const asides = new Set([...kinds.keys()].filter((root) => !main.has(root)));
  const percentile = /\bp(\d{2})\b|\b(\d{2})th percentile\b/.exec(lower);
  const rank = percentile?.[1] ?? percentile?.[2];
  return { kinds, asides, written, quantities, ...(rank === undefined ? {} : { percentile: `p${rank}` }) };
}
