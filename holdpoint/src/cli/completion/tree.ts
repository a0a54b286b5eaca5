import type { Command, Option } from 'commander';

export interface Choice {
  /** With its dashes. */
  readonly words: readonly string[];
  readonly description: string;
  /** `file`: any path; a list: one of these; absent: no value, or any. */
  readonly value?: 'file' | readonly string[];
  readonly takesValue: boolean;
}

export interface Completable {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly Choice[];
  /** What may stand after the command's name, of which `file` is any path. */
  readonly argument?: 'file' | readonly string[];
}

/** The commands and options as the shells' scripts need them; options of the program belong to every command. */
export function completables(program: Command): {
  readonly shared: readonly Choice[];
  readonly commands: readonly Completable[];
} {
  const help: Choice = { words: ['-h', '--help'], description: 'print this help', takesValue: false };
  const names = program.commands.map((command) => command.name());
  return {
    shared: [...program.options.map(choiceOf), help],
    commands: program.commands.map((command) => ({
      name: command.name(),
      summary: command.summary(),
      options: optionsOf(command),
      ...argumentOf(command, names),
    })),
  };
}

/** Also of the commands below it: which of them is meant the scripts do not look. */
function optionsOf(command: Command): readonly Choice[] {
  const all = [command, ...command.commands].flatMap(({ options }) => options.map(choiceOf));
  return all.filter(
    (one, index) => all.findIndex(({ words }) => words.join() === one.words.join()) === index,
  );
}

function choiceOf(option: Option): Choice {
  const { short, long, description, argChoices, required, optional, flags } = option;
  const words = [short, long].filter((word) => typeof word === 'string');
  const value = argChoices ?? (/<(?:file|folder)>/.test(flags) ? 'file' : undefined);
  return {
    words,
    description,
    takesValue: required || optional,
    ...(value === undefined ? {} : { value }),
  };
}

function argumentOf(command: Command, names: readonly string[]): Pick<Completable, 'argument'> {
  if (command.commands.length > 0) return { argument: command.commands.map((one) => one.name()) };
  const [first] = command.registeredArguments;
  if (first === undefined) return {};
  if (first.argChoices !== undefined) return { argument: first.argChoices };
  if (first.name() === 'file') return { argument: 'file' };
  if (first.name() === 'topic') return { argument: [...names, 'exit-codes'] };
  return command.name() === 'sign' ? { argument: ['deployer', 'reviewer', 'approver'] } : {};
}
