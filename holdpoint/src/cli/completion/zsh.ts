import type { Choice, Completable, completables } from './tree.ts';

type Tree = ReturnType<typeof completables>;

export function zshScript(name: string, { shared, commands }: Tree): string {
  return [
    `#compdef ${name}`,
    `_${name}() {`,
    '  local -a commands',
    '  commands=(',
    ...commands.map((one) => `    ${quote(`${one.name}:${one.summary.replaceAll(':', '\\:')}`)}`),
    '  )',
    '  local context state line',
    '  _arguments -C \\',
    ...shared.map((one) => `    ${spec(one)} \\`),
    "    '1: :->command' \\",
    "    '*:: :->rest'",
    '  case $state in',
    "    command) _describe 'command' commands ;;",
    '    rest)',
    '      case $line[1] in',
    ...commands.map((one) => commandCase(one, shared)),
    '      esac ;;',
    '  esac',
    '}',
    `if [ "$funcstack[1]" = "_${name}" ]; then _${name} "$@"; else compdef _${name} ${name}; fi`,
    '',
  ].join('\n');
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function spec({ words, description, value, takesValue }: Choice): string {
  const about = `[${description.replace(/[[\]\\]/g, '\\$&')}]`;
  const after = !takesValue ? '' : `:value:${actionOf(value)}`;
  const [first = ''] = words;
  if (words.length === 1) return quote(`${first}${about}${after}`);
  return `'(${words.join(' ')})'{${words.join(',')}}${quote(`${about}${after}`)}`;
}

const actionOf = (value: Choice['value']): string =>
  value === undefined ? '' : value === 'file' ? '_files' : `(${value.join(' ')})`;

function commandCase({ name, options, argument }: Completable, shared: readonly Choice[]): string {
  const specs = [...options, ...shared].map(spec);
  const rest = argument === undefined ? [] : [quote(`*: :${actionOf(argument)}`)];
  return `        ${name}) _arguments ${[...specs, ...rest].join(' ')} ;;`;
}
