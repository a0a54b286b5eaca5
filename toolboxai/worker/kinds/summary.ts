import { countOf, isContentWord, sentencesOf, wordsOf } from './words.ts';

/**
 * The `limit` sentences whose content words are the most frequent in the text, in their order.
 * Luhn's idea (The Automatic Creation of Literature Abstracts, 1958), scored by the words' mean frequency.
 */
export function summarize(text: string, limit = 3): readonly string[] {
  const sentences = sentencesOf(text);
  const frequency = countOf(wordsOf(text).filter(isContentWord));
  const scored = sentences.map((sentence, position) => {
    const words = wordsOf(sentence).filter(isContentWord);
    const sum = words.reduce((total, word) => total + (frequency.get(word) ?? 0), 0);
    // The added constant keeps a two-word sentence with one frequent word from winning.
    return { sentence, position, score: sum / (words.length + 3) };
  });
  return scored
    .toSorted((a, b) => b.score - a.score || a.position - b.position)
    .slice(0, limit)
    .toSorted((a, b) => a.position - b.position)
    .map(({ sentence }) => sentence);
}
