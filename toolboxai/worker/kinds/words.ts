const STOP_WORDS = new Set(
  `a about after again all also an and any are as at be because been before being both but by can could did do does during each every few for from had has have
  he her his how i if in into is it its just like may me more most much my no not of on once one only or other our out over
  she should so some such than very same that the their them then there these they this those through to under until up us was we were what when where which while
  who will with would you your
  aber als am an auch auf aus bei das dass dem den der des die doch durch ein eine einem einen einer er es für hat
  ich im in ist ja man mit nach nicht noch nur oder sich sie sind so und von vor war was wenn wie wir zu zum zur`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** Words in their order, lower case; letters and digits of any script, with inner apostrophes and hyphens. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? [];
}

/** Whether a word carries meaning of its own. */
export function isContentWord(word: string): boolean {
  return word.length > 2 && !STOP_WORDS.has(word) && !/^\d+$/.test(word);
}

/** Sentences, trimmed; a blank line ends one as well. */
export function sentencesOf(text: string): readonly string[] {
  return text
    .split(/\r?\n\s*\r?\n/)
    .flatMap((block) => block.replace(/\s+/g, ' ').split(/(?<=[.!?…])\s+(?=[\p{Lu}\p{N}"'«„“])/u))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** How often each value occurs. */
export function countOf(values: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
