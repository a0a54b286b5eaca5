import type { Choice, completables } from './tree.ts';

type Tree = ReturnType<typeof completables>;

export function fishScript(name: string, { shared, commands }: Tree): string {
  const line = (...parts: readonly string[]): string =>
    [`complete -c ${name}`, ...parts].filter((part) => part !== '').join(' ');
  return [
    `# fish completion of ${name}`,
    line('-f'),
    ...shared.map((one) => line(flags(one))),
    ...commands.flatMap((one) => [
      line('-n __fish_use_subcommand', `-a ${one.name}`, `-d ${quote(one.summary)}`),
      ...one.options.map((option) => line(seen(one.name), flags(option))),
      ...argumentLines(one.name, one.argument).map((parts) => line(...parts)),
    ]),
    '',
  ].join('\n');
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const seen = (command: string): string => `-n '__fish_seen_subcommand_from ${command}'`;

function flags({ words, description, value, takesValue }: Choice): string {
  const names = words.map((word) => (word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`));
  const kind =
    value === 'file'
      ? ['-r -F']
      : value !== undefined
        ? [`-x -a ${quote(value.join(' '))}`]
        : takesValue
          ? ['-x']
          : [];
  return [...names, ...kind, `-d ${quote(description)}`].join(' ');
}

function argumentLines(
  command: string,
  argument: 'file' | readonly string[] | undefined,
): readonly string[][] {
  if (argument === undefined) return [];
  return [[seen(command), argument === 'file' ? '-F' : `-a ${quote(argument.join(' '))}`]];
}
