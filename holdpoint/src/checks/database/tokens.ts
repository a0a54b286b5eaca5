/** A word (in capitals), a quoted name (as written, with its quotes), or a sign. Text and comments are gone. */
export interface Token {
  readonly text: string;
  readonly kind: 'word' | 'name' | 'sign' | 'text';
  /** For dollar-quoted text: what stands in it, since code of DO blocks is written so. */
  readonly body?: string;
}

const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const DOLLAR = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const SPACE = /\s+/y;

/**
 * PostgreSQL's lexical structure as far as it is needed to tell code from text: comments (block comments nest),
 * strings with doubled quotes, E-strings with backslashes, quoted names and dollar quotes.
 */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const matched = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(sql)?.[0];
  };
  while (at < sql.length) {
    const space = matched(SPACE);
    if (space !== undefined) {
      at += space.length;
    } else if (sql.startsWith('--', at)) {
      const end = sql.indexOf('\n', at);
      at = end === -1 ? sql.length : end;
    } else if (sql.startsWith('/*', at)) {
      at = endOfBlockComment(sql, at);
    } else if (sql[at] === "'") {
      const escapes = tokens.at(-1)?.text === 'E' && /[eE]/.test(sql[at - 1] ?? '');
      if (escapes) tokens.pop();
      at = endOfQuoted(sql, at, "'", escapes);
      tokens.push({ text: "''", kind: 'text' });
    } else if (sql[at] === '"') {
      const end = endOfQuoted(sql, at, '"', false);
      tokens.push({ text: sql.slice(at, end), kind: 'name' });
      at = end;
    } else {
      const dollar = matched(DOLLAR);
      const word = dollar === undefined ? matched(WORD) : undefined;
      if (dollar !== undefined) {
        const close = sql.indexOf(dollar, at + dollar.length);
        const end = close === -1 ? sql.length : close;
        tokens.push({ text: '$$', kind: 'text', body: sql.slice(at + dollar.length, end) });
        at = close === -1 ? sql.length : close + dollar.length;
      } else if (word !== undefined) {
        tokens.push({ text: word.toUpperCase(), kind: 'word' });
        at += word.length;
      } else {
        tokens.push({ text: sql[at] ?? '', kind: 'sign' });
        at += 1;
      }
    }
  }
  return tokens;
}

function endOfBlockComment(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length; at += 1) {
    if (sql.startsWith('/*', at)) depth += 1;
    else if (sql.startsWith('*/', at)) depth -= 1;
    else continue;
    at += 1;
    if (depth === 0) return at + 1;
  }
  return sql.length;
}

function endOfQuoted(sql: string, start: number, quote: string, escapes: boolean): number {
  for (let at = start + 1; at < sql.length; at += 1) {
    if (escapes && sql[at] === '\\') at += 1;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return sql.length;
}

/** The statements between semicolons; empty ones are left out. */
export function statementsOf(sql: string): readonly (readonly Token[])[] {
  const statements: Token[][] = [[]];
  for (const token of tokenize(sql)) {
    if (token.kind === 'sign' && token.text === ';') statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements.filter((statement) => statement.length > 0);
}
