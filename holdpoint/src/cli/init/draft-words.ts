import { stringify } from 'yaml';

/** Stands where a person has to complete what nobody could know from the files. */
export const MARK = '# FILL IN';

/** Plain where YAML reads it back as it is, else on one line between quotes. */
export function scalar(text: string): string {
  const plain = stringify(text, { lineWidth: 0 }).trimEnd();
  return plain.includes('\n') ? JSON.stringify(text) : plain;
}

export const flow = (words: readonly string[]): string =>
  `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;

/** A remark must stay on its line, whatever a file is called. */
export const remark = (text: string): string => text.replace(/[\r\n]+/g, ' ');
