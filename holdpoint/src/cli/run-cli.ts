import { CommanderError } from 'commander';
import { asHoldpointError } from '../kernel/errors.ts';
import type { Cli } from './command.ts';
import { type Finished, JSON_VERSION } from './finished.ts';
import type { House } from './house.ts';
import { printError } from './print-error.ts';
import { buildProgram } from './program.ts';

/** Runs one command and resolves to its exit status. Never rejects. */
export async function runCli(argv: readonly string[], house: House): Promise<number> {
  let status = 0;
  const cli: Cli = {
    house,
    running:
      (work) =>
      async (...parameters) => {
        const command = parameters.at(-1) as Named & {
          args: string[];
          optsWithGlobals<Options>(): Options;
        };
        const options = command.optsWithGlobals<Parameters<typeof work>[0]>();
        const finished = await work(options, command.args);
        show(house, pathOf(command), finished, options.json === true);
        status = finished.status;
      },
  };
  try {
    const program = buildProgram(cli);
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return 64;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (thrown) {
    // Help that nobody asked for: a word is missing that says what is to be done.
    if (thrown instanceof CommanderError)
      return thrown.code === 'commander.help' && thrown.exitCode !== 0 ? 64 : 0;
    return printError(house, asHoldpointError(thrown), wantsJson(argv));
  }
}

interface Named {
  name(): string;
  readonly parent: Named | null;
}

/** `backup create`: the words that lead to a command, without the program's. */
const pathOf = (command: Named): string =>
  command.parent === null ? '' : `${pathOf(command.parent)} ${command.name()}`.trim();

function show(house: House, command: string, { status, lines, result }: Finished, json: boolean): void {
  if (json) house.print(JSON.stringify({ holdpoint: JSON_VERSION, command, exit: status, ...result }));
  else if (lines.length > 0) house.print(lines.join('\n'));
}

/** Read from the words themselves, since a command line that cannot be parsed has no options. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? undefined : end).includes('--json');
}
