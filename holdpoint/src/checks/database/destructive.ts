import { statementsOf, type Token } from './tokens.ts';

/** What the old version, or the data, may not survive. */
export interface Destructive {
  readonly kind: 'drop' | 'drop-column' | 'truncate' | 'delete-all' | 'change-type' | 'rename' | 'not-null';
  /** The statement's first words, for people. */
  readonly statement: string;
}

const DROPPED = new Set(['TABLE', 'SCHEMA', 'DATABASE', 'VIEW', 'TYPE', 'SEQUENCE', 'OWNED', 'MATERIALIZED']);
/** What ALTER … DROP may be followed by without losing a column. */
const HARMLESS_DROPS = new Set(['CONSTRAINT', 'DEFAULT', 'NOT', 'EXPRESSION', 'IDENTITY']);

/** Every destructive statement of a migration, also inside of DO blocks. Text built for EXECUTE is not seen. */
export function destructiveStatements(sql: string): readonly Destructive[] {
  return statementsOf(sql).flatMap((tokens) => {
    const inside =
      tokens[0]?.text === 'DO' ? tokens.flatMap(({ body }) => destructiveStatements(body ?? '')) : [];
    const kinds = new Set([...kindsOfAlter(tokens), ...kindsAnywhere(tokens)]);
    return [...[...kinds].map((kind) => ({ kind, statement: firstWords(tokens) })), ...inside];
  });
}

function kindsAnywhere(tokens: readonly Token[]): readonly Destructive['kind'][] {
  const kinds: Destructive['kind'][] = [];
  // A block's BEGIN or a WITH may stand before the verb, so that it is looked for at every place.
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word') continue;
    const next = word(tokens, index + 1);
    const before = tokens[index - 1];
    const starts = before === undefined || before.text === '(' || STARTERS.has(before.text);
    if (token.text === 'DROP' && starts && DROPPED.has(next)) kinds.push('drop');
    if (token.text === 'TRUNCATE' && starts) kinds.push('truncate');
    if (token.text === 'DELETE' && next === 'FROM' && !hasWhere(tokens, index)) kinds.push('delete-all');
  }
  return kinds;
}

const STARTERS = new Set(['BEGIN', 'THEN', 'ELSE', 'LOOP', 'AS']);

/** Whether a WHERE follows before the statement, or the parenthesis that it stands in, ends. */
function hasWhere(tokens: readonly Token[], start: number): boolean {
  let depth = 0;
  for (const token of tokens.slice(start)) {
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    if (depth < 0) return false;
    if (depth === 0 && token.kind === 'word' && token.text === 'WHERE') return true;
  }
  return false;
}

function kindsOfAlter(all: readonly Token[]): readonly Destructive['kind'][] {
  const start = all.findIndex(({ text, kind }) => kind === 'word' && text === 'ALTER');
  const tokens = all.slice(start);
  const object = word(tokens, 1);
  if (start === -1 || !['TABLE', 'TYPE', 'VIEW', 'SCHEMA', 'MATERIALIZED', 'FOREIGN'].includes(object))
    return [];
  const defaulted = new Set<string>();
  const actions = actionsOf(tokens);
  for (const action of actions) {
    const column = word(action, 1) === 'COLUMN' ? action[2] : action[1];
    if (word(action, 0) === 'ALTER' && has(action, 'SET', 'DEFAULT')) defaulted.add(column?.text ?? '');
  }
  return actions.flatMap((action): readonly Destructive['kind'][] => {
    const verb = word(action, 0);
    const column = (word(action, 1) === 'COLUMN' ? action[2] : action[1])?.text ?? '';
    if (verb === 'DROP') return HARMLESS_DROPS.has(word(action, 1)) ? [] : ['drop-column'];
    if (verb === 'RENAME') return word(action, 1) === 'CONSTRAINT' ? [] : ['rename'];
    if (verb === 'ADD') {
      if (word(action, 1) === 'CONSTRAINT' || object === 'TYPE') return [];
      const filled = has(action, 'DEFAULT') || has(action, 'GENERATED');
      return has(action, 'NOT', 'NULL') && !filled && !has(action, 'CHECK') ? ['not-null'] : [];
    }
    if (verb !== 'ALTER') return [];
    if (has(action, 'SET', 'NOT', 'NULL') && !defaulted.has(column)) return ['not-null'];
    const rest = action.slice(word(action, 1) === 'COLUMN' ? 3 : 2);
    return word(rest, 0) === 'TYPE' || has(rest, 'SET', 'DATA', 'TYPE') ? ['change-type'] : [];
  });
}

const VERBS = new Set([
  'DROP',
  'RENAME',
  'ADD',
  'ALTER',
  'SET',
  'OWNER',
  'ENABLE',
  'DISABLE',
  'VALIDATE',
  'ATTACH',
]);

/** The comma-separated actions after the object's name. */
function actionsOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const first = tokens.findIndex(({ text, kind }, index) => index > 1 && kind === 'word' && VERBS.has(text));
  if (first === -1) return [];
  const actions: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens.slice(first)) {
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    if (token.text === ',' && depth === 0) actions.push([]);
    else actions.at(-1)?.push(token);
  }
  return actions;
}

const word = (tokens: readonly Token[], index: number): string => {
  const token = tokens[index];
  return token?.kind === 'word' ? token.text : '';
};

/** Whether these words follow each other outside of parentheses. */
function has(tokens: readonly Token[], ...words: readonly string[]): boolean {
  let depth = 0;
  return tokens.some((token, index) => {
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    return depth === 0 && words.every((one, offset) => word(tokens, index + offset) === one);
  });
}

const firstWords = (tokens: readonly Token[]): string =>
  tokens
    .slice(0, 8)
    .map(({ text }) => text)
    .join(' ');
