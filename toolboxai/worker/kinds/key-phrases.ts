import { isContentWord, wordsOf } from './words.ts';

export interface KeyPhrase {
  readonly phrase: string;
  readonly score: number;
  readonly count: number;
}

const LONGEST = 4;

function phrasesOf(text: string): readonly (readonly string[])[] {
  const phrases: string[][] = [];
  for (const part of text.split(/[.,;:!?()[\]{}"“”«»\n]+/)) {
    let phrase: string[] = [];
    for (const word of [...wordsOf(part), '']) {
      if (isContentWord(word)) phrase.push(word);
      else {
        if (phrase.length > 0 && phrase.length <= LONGEST) phrases.push(phrase);
        phrase = [];
      }
    }
  }
  return phrases;
}

/**
 * The best phrases by RAKE (Rose et al. 2010): a word scores degree / frequency. Here a phrase scores the mean
 * of its words times how often it occurs, not their sum, so that a subject beats a long phrase said once.
 */
export function keyPhrases(text: string, limit = 10): readonly KeyPhrase[] {
  const frequency = new Map<string, number>();
  const degree = new Map<string, number>();
  const count = new Map<string, number>();
  const words = new Map<string, readonly string[]>();
  for (const phrase of phrasesOf(text)) {
    const key = phrase.join(' ');
    words.set(key, phrase);
    count.set(key, (count.get(key) ?? 0) + 1);
    for (const word of phrase) {
      frequency.set(word, (frequency.get(word) ?? 0) + 1);
      degree.set(word, (degree.get(word) ?? 0) + phrase.length);
    }
  }
  return [...words]
    .map(([phrase, parts]) => {
      const times = count.get(phrase) ?? 1;
      const sum = parts.reduce(
        (total, word) => total + (degree.get(word) ?? 0) / (frequency.get(word) ?? 1),
        0,
      );
      return { phrase, count: times, score: Math.round((sum / parts.length) * times * 100) / 100 };
    })
    .toSorted((a, b) => b.score - a.score || a.phrase.localeCompare(b.phrase))
    .slice(0, limit);
}
