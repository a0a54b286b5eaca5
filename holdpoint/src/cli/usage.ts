import type { Command, CommanderError } from 'commander';
import { HoldpointError } from '../kernel/errors.ts';
import { nearest } from '../kernel/nearest.ts';

/** What commander throws to say that it has printed what was asked for. */
export function isDisplay(error: CommanderError): boolean {
  return ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(error.code);
}

/** Commander's complaint in our words, with the word that was probably meant. */
export function usageError(error: CommanderError, command: Command): HoldpointError {
  const message = error.message.replace(/^error: /, '').split('\n', 1)[0] ?? '';
  const word = /'([^']*)'/.exec(message)?.[1] ?? '';
  // Of words equally far away the one of the same length is meant: '--wiat' is '--wait' and not '--at'.
  const unlike = (one: string): number => Math.abs(one.length - word.length);
  const meant = nearest(
    word,
    [...candidates(error.code, command)].sort((a, b) => unlike(a) - unlike(b)),
  );
  const help = `\`${pathOf(command)} --help\` says how it is used.`;
  return new HoldpointError('usage', message, {
    next: meant === undefined ? capitalised(help) : `Did you mean '${meant}'? ${capitalised(help)}`,
  });
}

/** `holdpoint sign`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function candidates(code: string, command: Command): readonly string[] {
  if (code === 'commander.unknownCommand') return command.commands.map((one) => one.name());
  if (code !== 'commander.unknownOption') return [];
  const own = command.options.flatMap(({ long }) => (typeof long === 'string' ? [long] : []));
  const inherited = command.parent === null ? [] : candidates(code, command.parent);
  return [...own, ...inherited, '--help'];
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
