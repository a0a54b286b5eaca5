const SECRET_NAME =
  /(?:^|_)(?:SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|CREDENTIALS?|SALT|PEPPER|DSN|(?:API|PRIVATE|SIGNING|ENCRYPTION|ACCESS|SECRET|JWT|MASTER)_?KEY|KEY)(?:$|_)/i;

/** Whether a variable of this name is meant to hold a secret itself; `…_FILE` names a path, which is none. */
export function looksSecret(name: string): boolean {
  return SECRET_NAME.test(name) && !/_(?:FILE|PATH|URL|ID|NAME|TTL|LENGTH|PUBLIC)$/i.test(name);
}

/** The password inside a URL, decoded and as it is written; none when there is none. */
export function passwordsIn(value: string): readonly string[] {
  const written = /^[a-z][\w+.-]*:\/\/[^/\s:@]*:([^@\s/]+)@/i.exec(value)?.[1];
  if (written === undefined) return [];
  try {
    return [...new Set([written, decodeURIComponent(written)])];
  } catch {
    return [written];
  }
}

/** Every literal that must not show up in a report: values of secret names, and passwords inside URLs. */
export function secretLiterals(variables: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    if (value === undefined || value === '') return [];
    return looksSecret(name) ? [value, ...passwordsIn(value)] : passwordsIn(value);
  });
}

/**
 * Bits that a guesser must find: length × Shannon entropy of the characters (Shannon 1948, H = −Σ p log2 p).
 * An upper bound for text that people made up, which is why it serves as a floor only.
 */
export function entropyBits(text: string): number {
  const characters = [...text];
  const counts = new Map<string, number>();
  for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / characters.length);
  return bits;
}

const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/\bAKIA[0-9A-Z]{16}\b/, 'an AWS access key'],
  [/\bgh[pousr]_[A-Za-z0-9]{30,}\b/, 'a GitHub token'],
  [/\bglpat-[\w-]{20,}\b/, 'a GitLab token'],
  [/\bxox[abprs]-[\w-]{10,}\b/, 'a Slack token'],
  [/\bsk-[\w-]{20,}\b/, 'an API key'],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}\b/, 'a JSON web token'],
];

/** What kind of credential this text has the shape of, or undefined. */
export function credentialShape(text: string): string | undefined {
  return SHAPES.find(([pattern]) => pattern.test(text))?.[1];
}

const PLACEHOLDERS: readonly RegExp[] = [
  /change[-_ ]?(?:me|this|it)\b/i,
  /^\s*<[^>]*>\s*$/,
  /^x{3,}$/i,
  /\bTODO\b|\bFIXME\b|\bTBD\b/,
  /\breplace[-_ ]?(?:me|this|with)\b/i,
  /\byour[-_][\w-]+[-_]here\b/i,
];

/** Whether a value is what a template left to be filled in. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDERS.some((pattern) => pattern.test(value));
}
