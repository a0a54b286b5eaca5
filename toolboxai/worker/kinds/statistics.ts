import { countOf, isContentWord, sentencesOf, wordsOf } from './words.ts';

export interface Statistics {
  readonly characters: number;
  readonly words: number;
  readonly uniqueWords: number;
  readonly sentences: number;
  readonly wordsPerSentence: number;
  readonly readingMinutes: number;
  readonly frequent: readonly { readonly word: string; readonly count: number }[];
}

/** Mean silent reading speed of adults in English (Brysbaert 2019). */
const WORDS_PER_MINUTE = 238;

/** Counts of a text; `characters` are code points. */
export function statistics(text: string): Statistics {
  const words = wordsOf(text);
  const sentences = sentencesOf(text).length;
  const frequent = [...countOf(words.filter(isContentWord))]
    .toSorted(([a, x], [b, y]) => y - x || a.localeCompare(b))
    .slice(0, 10)
    .map(([word, count]) => ({ word, count }));
  return {
    characters: [...text].length,
    words: words.length,
    uniqueWords: new Set(words).size,
    sentences,
    wordsPerSentence: sentences === 0 ? 0 : Math.round((words.length / sentences) * 10) / 10,
    readingMinutes: Math.round((words.length / WORDS_PER_MINUTE) * 10) / 10,
    frequent,
  };
}
