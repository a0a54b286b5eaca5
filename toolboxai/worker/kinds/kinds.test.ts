import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyPhrases } from './key-phrases.ts';
import { statistics } from './statistics.ts';
import { summarize } from './summary.ts';
import { sentencesOf } from './words.ts';

const TEXT = `The rolling deployment replaces one replica at a time. Each replica drains before it stops.
A rolling deployment loses no request when each replica drains. Lunch was good.

Traffic returns once the replica is ready.`;

describe('summary', () => {
  it('keeps the sentences about what the text is about, in their order', () => {
    expect(summarize(TEXT, 2)).toEqual([
      'The rolling deployment replaces one replica at a time.',
      'A rolling deployment loses no request when each replica drains.',
    ]);
  });

  it('consists of sentences of the text, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const sentences = sentencesOf(text);
        const summary = summarize(text);
        expect(summary.length).toBe(Math.min(3, sentences.length));
        for (const sentence of summary) expect(sentences).toContain(sentence);
      }),
    );
  });
});

describe('key phrases', () => {
  it('put the repeated phrase first and leave stop words out', () => {
    const found = keyPhrases(TEXT);
    expect(found[0]).toMatchObject({ phrase: 'replica drains', count: 2 });
    expect(found.map(({ phrase }) => phrase)).toContain('rolling deployment replaces');
    expect(found.map(({ phrase }) => phrase)).not.toContain('the');
  });

  it('of a text without words are none', () => {
    expect(keyPhrases(' .,; 12 of the')).toEqual([]);
  });
});

describe('statistics', () => {
  it('count words, sentences and code points', () => {
    expect(statistics('Ünïcode counts 😀. Twice counts!')).toMatchObject({
      characters: 31,
      words: 4,
      uniqueWords: 3,
      sentences: 2,
      wordsPerSentence: 2,
      frequent: [
        { word: 'counts', count: 2 },
        { word: 'twice', count: 1 },
        { word: 'ünïcode', count: 1 },
      ],
    });
  });

  it('of an empty text are zero', () => {
    expect(statistics('')).toMatchObject({ words: 0, sentences: 0, wordsPerSentence: 0, frequent: [] });
  });
});
