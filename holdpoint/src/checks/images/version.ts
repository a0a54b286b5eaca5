/** Whether a tag or a label names this version and no other: with or without a `v`, and `+` as tags must write it. */
export function isVersion(text: string, version: string): boolean {
  const bare = version.replace(/^v/, '');
  return [bare, bare.replaceAll('+', '_'), bare.replaceAll('+', '-')].includes(text.replace(/^v/, ''));
}
