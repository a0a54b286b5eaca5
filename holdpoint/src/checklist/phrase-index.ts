import type { ProbeEntry } from '../checks/catalog/probe.ts';
import { type Words, wordsOf } from './words.ts';

export interface Phrase {
  readonly words: ReadonlySet<string>;
  /** Sum of the words' weights. */
  readonly weight: number;
  readonly contentWords: number;
}

export interface PhraseIndex {
  readonly entries: readonly { readonly probe: ProbeEntry; readonly phrases: readonly Phrase[] }[];
  /** How much a word tells: near 1 for a word of one probe, near 0 for a word of all. */
  readonly weightOf: (word: string, words: Words) => number;
}

const STATUS_WEIGHT = 0.15;
const TURNING_WEIGHT = 1.3;
/** A word that no probe knows speaks against every one of them. */
const UNKNOWN_WEIGHT = 1.5;
const ASIDE = 0.2;

/**
 * Titles and synonyms of all probes as weighted bags of words. A word's weight is its inverse document frequency
 * (Spärck Jones 1972) over probes, scaled to 1 for a word that only one probe has.
 */
export function phraseIndex(probes: readonly ProbeEntry[]): PhraseIndex {
  const spoken = probes.map((probe) => ({ probe, said: [probe.title, ...probe.synonyms].map(wordsOf) }));
  const frequency = new Map<string, number>();
  for (const { said } of spoken) {
    for (const word of new Set(said.flatMap(({ kinds }) => [...kinds.keys()]))) {
      frequency.set(word, (frequency.get(word) ?? 0) + 1);
    }
  }
  const rarest = Math.log(1 + probes.length);
  const weightOf = (word: string, words: Words): number => {
    const kind = words.kinds.get(word);
    if (kind === 'status') return STATUS_WEIGHT;
    if (kind === 'turning') return TURNING_WEIGHT;
    const seen = frequency.get(word);
    const weight = seen === undefined ? UNKNOWN_WEIGHT : Math.log(1 + probes.length / seen) / rarest;
    return words.asides.has(word) ? weight * ASIDE : weight;
  };
  const entries = spoken.map(({ probe, said }) => ({
    probe,
    phrases: said.map((words) => {
      const present = [...words.kinds.keys()];
      return {
        words: new Set(present),
        weight: present.reduce((sum, word) => sum + weightOf(word, words), 0),
        contentWords: present.filter((word) => words.kinds.get(word) === 'content').length,
      };
    }),
  }));
  return { entries, weightOf };
}
