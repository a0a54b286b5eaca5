import type { Choice, Completable, completables } from './tree.ts';

type Tree = ReturnType<typeof completables>;

export function bashScript(name: string, { shared, commands }: Tree): string {
  const valued = [...shared, ...commands.flatMap(({ options }) => options)].filter((one) => one.takesValue);
  return [
    `# bash completion of ${name}`,
    `_${name}() {`,
    `  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="" index`,
    '  COMPREPLY=()',
    '  case "$before" in',
    ...unique(valued).map(valueCase),
    '  esac',
    '  for ((index = 1; index < COMP_CWORD; index++)); do',
    `    case "\${COMP_WORDS[index]}" in`,
    `      ${commands.map((one) => one.name).join('|')}) command="\${COMP_WORDS[index]}"; break ;;`,
    '    esac',
    '  done',
    '  case "$command" in',
    `    '') COMPREPLY=($(compgen -W '${[...commands.map((one) => one.name), ...words(shared)].join(' ')}' -- "$word")) ;;`,
    ...commands.map((one) => commandCase(one, shared)),
    '  esac',
    '}',
    `complete -F _${name} ${name}`,
    '',
  ].join('\n');
}

const words = (choices: readonly Choice[]): string[] => choices.flatMap((one) => one.words);

/** The same option of several commands takes the same kind of value. */
function unique(choices: readonly Choice[]): readonly Choice[] {
  return [...new Map(choices.map((one) => [one.words.join(' '), one])).values()];
}

function valueCase({ words: flags, value }: Choice): string {
  const reply =
    value === 'file'
      ? 'COMPREPLY=($(compgen -f -- "$word")); '
      : value === undefined
        ? ''
        : `COMPREPLY=($(compgen -W '${value.join(' ')}' -- "$word")); `;
  return `    ${flags.join('|')}) ${reply}return ;;`;
}

function commandCase({ name, options, argument }: Completable, shared: readonly Choice[]): string {
  const list = [...(Array.isArray(argument) ? argument : []), ...words(options), ...words(shared)].join(' ');
  const files = argument === 'file' ? ' -f' : '';
  return `    ${name}) COMPREPLY=($(compgen${files} -W '${list}' -- "$word")) ;;`;
}
