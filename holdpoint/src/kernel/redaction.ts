const MASK = '•••';

const PATTERNS: readonly RegExp[] = [
  /(?<=:\/\/[^/\s:@]*:)[^@\s/]+(?=@)/g,
  /(?<=\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}/gi,
  // Quoted first: such a value may contain spaces.
  /(?<=\b[\w-]*(?:password|passwd|secret|token|api[_-]?key|private[_-]?key)["']?\s*[=:]\s*")(?:[^"\\\n]|\\.)+(?=")/gi,
  /(?<=\b[\w-]*(?:password|passwd|secret|token|api[_-]?key|private[_-]?key)["']?\s*[=:]\s*')(?:[^'\\\n]|\\.)+(?=')/gi,
  /(?<=\b[\w-]*(?:password|passwd|secret|token|api[_-]?key|private[_-]?key)["']?\s*[=:]\s*["']?)[^\s"',;&}]+/gi,
];

/**
 * Text without secrets: passwords in URLs, authorization headers, `password=…` pairs, and every known literal.
 * Literals shorter than four characters are left, since masking them would eat ordinary words.
 */
export function redact(text: string, literals: readonly string[] = []): string {
  const known = literals.filter((literal) => literal.length >= 4).sort((a, b) => b.length - a.length);
  const masked = known.reduce((rest, literal) => rest.replaceAll(literal, MASK), text);
  return PATTERNS.reduce((rest, pattern) => rest.replace(pattern, MASK), masked);
}
