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
      options: command.options.map(choiceOf),
      ...argumentOf(command, names),
    })),
  };
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
  const [first] = command.registeredArguments;
  if (first === undefined) return {};
  if (first.argChoices !== undefined) return { argument: first.argChoices };
  if (first.name() === 'file') return { argument: 'file' };
  if (first.name() === 'topic') return { argument: [...names, 'exit-codes'] };
  return command.name() === 'sign' ? { argument: ['deployer', 'reviewer', 'approver'] } : {};
}
