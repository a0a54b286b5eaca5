const KEYWORDS = new Set([
  'and',
  'or',
  'unless',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'bool',
  'offset',
  'atan2',
  'inf',
  'nan',
  'start',
  'end',
]);

/**
 * The metric names in a PromQL expression: identifiers that are neither functions nor keywords nor labels. A small
 * reader, not a parser: it finds the names of an expression that Prometheus accepts, and does not say which it does.
 */
export function metricNames(expression: string): ReadonlySet<string> {
  const named = [...expression.matchAll(/__name__\s*=\s*(["'`])([\w:]+)\1/g)].map((match) => match[2] ?? '');
  const bare = expression
    .replace(/#[^\n]*/g, ' ')
    .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi, ' ')
    .replace(/\boffset\s+-?[\w.]+/gi, ' ')
    .replace(/@\s*[\w.]+(?:\(\))?/g, ' ')
    .replace(/(?<![\w:])0x[\da-f]+|(?<![\w:])\d[\w.]*(?:e[+-]?\d+)?/gi, ' ');
  const words = [...bare.matchAll(/([a-zA-Z_:][\w:]*)\s*(\(?)/g)]
    .filter(([, name = '', call]) => call === '' && !KEYWORDS.has(name.toLowerCase()))
    .map(([, name = '']) => name);
  return new Set([...named, ...words]);
}
