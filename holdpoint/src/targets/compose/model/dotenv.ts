import { defined, expansion } from './dotenv-values.ts';
import { mistake } from './errors.ts';
import type { Interpolation } from './interpolate.ts';

export interface Statement {
  readonly name: string;
  readonly where: string;
  /** As written, without its quotes; undefined for a name alone. */
  readonly text: string | undefined;
  readonly quote: '"' | "'" | undefined;
}

/**
 * The variables of an env file. Values may use variables of the environment and of lines above. A name without a value
 * takes that of the environment, and is left out when there is none. Throws `configuration` naming file and line.
 */
export function parseDotenv(
  path: string,
  text: string,
  interpolation: Interpolation,
): Readonly<Record<string, string>> {
  const { variables } = interpolation;
  const environment = defined(variables);
  const found = new Map<string, string>();
  const expand = expansion(interpolation);
  for (const statement of statements(path, text)) {
    const { name } = statement;
    const value =
      statement.text === undefined
        ? environment.get(name)
        : expand({ ...statement, text: statement.text }, environment, found);
    if (value !== undefined) found.set(name, value);
  }
  return Object.fromEntries(found);
}

/** `format: raw`, as `docker run --env-file` reads it: everything after the first `=` stands for itself. */
export function parseRawEnv(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/)
      .filter((line) => line.includes('=') && !line.trimStart().startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1)]),
  );
}

const HEAD =
  /^\s*(?:export[ \t]+)?(?<name>[A-Za-z_][\w.-]*)[ \t]*(?:(?<sign>=|:(?=[ \t]))[ \t]*|$|(?=[ \t]#.*$))/;
const EMPTY = /^\s*(#.*)?$/;

function* statements(path: string, text: string): Generator<Statement> {
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  let line = 1;
  for (let at = 0; at < source.length; ) {
    const where = `${path}:${line}`;
    const read = statementAt(source, at, where);
    line += source.slice(at, read.next).split('\n').length - 1;
    at = read.next;
    if (read.statement !== undefined) yield read.statement;
  }
}

function statementAt(source: string, at: number, where: string): { statement?: Statement; next: number } {
  const end = endOfLine(source, at);
  const whole = source.slice(at, end);
  const head = HEAD.exec(whole);
  if (head === null) {
    if (EMPTY.test(whole)) return { next: end + 1 };
    throw mistake(
      where,
      `'${whole.trim()}' is no line of an env file`,
      'Write NAME=value, or # before a comment.',
    );
  }
  const { name = '', sign } = head.groups ?? {};
  const about = { name, where };
  if (sign === undefined)
    return { statement: { ...about, text: undefined, quote: undefined }, next: end + 1 };
  const start = at + head[0].length;
  const quote = source[start];
  if (quote !== '"' && quote !== "'") {
    const text = source
      .slice(start, end)
      .replace(/(^|\s)#.*$/, '')
      .trim();
    return { statement: { ...about, text, quote: undefined }, next: end + 1 };
  }
  const close = closingQuote(source, start);
  if (close === undefined) {
    throw mistake(where, `the quote of ${name} is never closed`, 'Close it on the same or a later line.');
  }
  const last = endOfLine(source, close);
  if (!EMPTY.test(source.slice(close + 1, last))) {
    throw mistake(where, `there is text after the quoted value of ${name}`, 'Put all of it in the quotes.');
  }
  return { statement: { ...about, text: source.slice(start + 1, close), quote }, next: last + 1 };
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf('\n', from);
  return end < 0 ? source.length : end;
}

function closingQuote(source: string, start: number): number | undefined {
  for (let at = start + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === source[start]) return at;
  }
  return undefined;
}
