import { nearest } from '../../../kernel/nearest.ts';
import type { Variables } from '../../../kernel/variables.ts';
import { mistake } from './errors.ts';

export interface Interpolation {
  readonly variables: Variables;
  /** Called for each variable that is not set and has no default; it becomes empty. */
  readonly unset: (name: string, where: string) => void;
  /** Whose reading of env files; v2 when left out. */
  readonly generation?: 'v1' | 'v2';
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;

/**
 * `$NAME`, `${NAME}` and its forms `:-` `-` `:?` `?` `:+` `+`, one inside the other, and `$$` for a dollar sign. Throws
 * `configuration` where a variable is required and not there, and where a dollar sign begins nothing of this.
 */
export function interpolate(text: string, where: string, { variables, unset }: Interpolation): string {
  const value = (name: string): string | undefined =>
    Object.hasOwn(variables, name) ? variables[name] : undefined;
  const known = (name: string): string => {
    const found = value(name);
    if (found === undefined) unset(name, where);
    return found ?? '';
  };
  const fill = (template: string): string => {
    let filled = '';
    for (let at = 0; at < template.length; ) {
      const dollar = template.indexOf('$', at);
      if (dollar < 0) return filled + template.slice(at);
      filled += template.slice(at, dollar);
      const next = template[dollar + 1];
      if (next === '$') {
        filled += '$';
        at = dollar + 2;
      } else if (next === '{') {
        const end = closing(template, dollar + 2);
        if (end === undefined) throw malformed(where, template.slice(dollar));
        filled += braced(template.slice(dollar + 2, end));
        at = end + 1;
      } else {
        const name = nameAt(template, dollar + 1);
        if (name === '') throw malformed(where, template.slice(dollar));
        filled += known(name);
        at = dollar + 1 + name.length;
      }
    }
    return filled;
  };
  const braced = (inside: string): string => {
    const name = nameAt(inside, 0);
    const rest = inside.slice(name.length);
    if (name !== '' && rest === '') return known(name);
    const form = /^(:?)([-?+])([\s\S]*)$/.exec(rest);
    if (name === '' || form === null) throw malformed(where, `\${${inside}}`);
    const [, colon, sign, other = ''] = form;
    const found = value(name);
    // With a colon, what is empty counts as not set.
    const there = found !== undefined && (colon === '' || found !== '');
    if (sign === '+') return there ? fill(other) : '';
    if (there) return found;
    if (sign === '-') return fill(other);
    const reason = fill(other);
    throw mistake(
      where,
      `the variable ${name} is required${reason === '' ? ' and not set' : `: ${reason}`}`,
      setIt(name, variables),
    );
  };
  return fill(text);
}

function setIt(name: string, variables: Variables): string {
  const meant = nearest(name, Object.keys(variables));
  return `Set ${name} in the environment or in .env${meant === undefined || meant === name ? '' : `, or write ${meant}`}.`;
}

const malformed = (where: string, text: string) =>
  mistake(
    where,
    `'${text}' is no variable of a compose file`,
    `Write \${NAME} for a variable, or '$$' for a dollar sign.`,
  );

function nameAt(text: string, at: number): string {
  NAME.lastIndex = at;
  return NAME.exec(text)?.[0] ?? '';
}

/** Where the brace closes that was opened before `from`. */
function closing(text: string, from: number): number | undefined {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '$' && text[at + 1] === '$') at += 1;
    else if (text[at] === '$' && text[at + 1] === '{') {
      depth += 1;
      at += 1;
    } else if (text[at] === '}') {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return undefined;
}
