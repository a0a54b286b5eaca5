import type { Command } from 'commander';
import { type Cli, describe } from '../command.ts';
import { EXIT_CODES, exitCodeLines } from '../exit-codes.ts';
import { done } from '../finished.ts';

/** `holdpoint help [TOPIC]`: a command's name, or `exit-codes`. */
export function helpCommand(cli: Cli): Command {
  const command = describe({
    name: 'help',
    summary: 'help for a command, or the table of exit codes',
    description: 'Prints the help of a command, or with `exit-codes` the table of exit statuses.',
    examples: ['holdpoint help deploy', 'holdpoint help exit-codes'],
    statuses: [0],
  });
  return command.argument('[topic]', 'a command, or exit-codes').action(
    cli.running(async (_options, [topic]) => {
      const program = command.parent;
      if (topic === 'exit-codes') {
        const codes = EXIT_CODES.map((code) => ({ ...code }));
        return done(exitCodeLines(), { codes });
      }
      const about = topic === undefined ? program : program?.commands.find((one) => one.name() === topic);
      if (about === null || about === undefined) {
        return program?.error(`error: unknown command '${topic}'`, {
          code: 'commander.unknownCommand',
        }) as never;
      }
      const text = about.helpInformation();
      return done([text.trimEnd()], { text });
    }),
  );
}
