import { Command } from 'commander';
import { EXIT_CODES } from './exit-codes.ts';
import type { CommonOptions, Finished } from './finished.ts';
import type { House } from './house.ts';

/** What the definition of a command is made with. */
export interface Cli {
  readonly house: House;
  /** The action of a command: what it resolves to is printed, what it throws is shown as an error. */
  running<Options extends CommonOptions>(
    work: (options: Options, given: readonly string[]) => Promise<Finished>,
  ): (...parameters: unknown[]) => Promise<void>;
}

interface Description {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
  /** The exit statuses that this command can end with, beside 64, 70, 78 and 130. */
  readonly statuses: readonly number[];
}

/** A command with the same help as every other: what it does, examples, exit statuses. */
export function describe({ name, summary, description, examples, statuses }: Description): Command {
  const codes = EXIT_CODES.filter(({ status }) => statuses.includes(status)).map(
    ({ status, meaning }) => `  ${String(status).padEnd(3)} ${meaning}`,
  );
  const footer = [
    '',
    examples.length === 1 ? 'Example:' : 'Examples:',
    ...examples.map((example) => `  $ ${example}`),
    '',
    'Exit status:',
    ...codes,
    '  All of them: holdpoint help exit-codes',
  ];
  return new Command(name)
    .summary(summary)
    .description(description)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', footer.join('\n'));
}
