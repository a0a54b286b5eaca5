import { HoldpointError } from '../../kernel/errors.ts';

export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** A series as Prometheus names it: `jobs_total{outcome="failed"}`. */
export interface Selector {
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** As it was written. */
  readonly text: string;
}

const WHOLE = /^\s*([A-Za-z_:][\w:]*)\s*(?:\{(.*)\})?\s*$/s;
const MATCHER = /\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/sy;

/** Throws `configuration` on what is no series with matchers; functions and operators are not read here. */
export function parseSelector(text: string): Selector {
  const whole = WHOLE.exec(text);
  if (whole === null) throw unreadable(text);
  const [, name = '', inner = ''] = whole;
  const matchers: Matcher[] = [];
  for (let at = 0; inner.slice(at).trim() !== ''; ) {
    MATCHER.lastIndex = at;
    const found = MATCHER.exec(inner);
    if (found === null) throw unreadable(text);
    const [, label = '', operator, value = ''] = found;
    const plain = value.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
    matchers.push({ label, operator: operator as Matcher['operator'], value: plain });
    patternOf(plain, operator, text);
    at = MATCHER.lastIndex;
  }
  return { name, matchers, text: text.trim() };
}

/** Whether a row is one of the series; a label that is missing is an empty one, as in Prometheus. */
export function selects(
  { name, matchers }: Selector,
  row: { readonly name: string; readonly labels: ReadonlyMap<string, string> },
): boolean {
  if (row.name !== name) return false;
  return matchers.every(({ label, operator, value }) => {
    const held = row.labels.get(label) ?? '';
    switch (operator) {
      case '=':
        return held === value;
      case '!=':
        return held !== value;
      case '=~':
        return anchored(value).test(held);
      case '!~':
        return !anchored(value).test(held);
      default:
        return operator satisfies never;
    }
  });
}

const anchored = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`, 's');

function patternOf(value: string, operator: string | undefined, text: string): void {
  if (operator !== '=~' && operator !== '!~') return;
  try {
    anchored(value);
  } catch (cause) {
    throw new HoldpointError('configuration', `'${text}' holds a pattern that cannot be read`, { cause });
  }
}

const unreadable = (text: string): HoldpointError =>
  new HoldpointError('configuration', `'${text}' is not a series`, {
    next: "Write it such as 'jobs_total' or 'jobs_total{outcome=\"failed\"}'.",
  });
