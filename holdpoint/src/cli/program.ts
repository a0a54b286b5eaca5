import { Command, type CommanderError } from 'commander';
import type { Cli } from './command.ts';
import { backupCommand } from './commands/backup.ts';
import { bindCommand } from './commands/bind.ts';
import { checkCommand } from './commands/check.ts';
import { completionCommand } from './commands/completion.ts';
import { deployCommand } from './commands/deploy.ts';
import { doctorCommand } from './commands/doctor.ts';
import { helpCommand } from './commands/help.ts';
import { initCommand } from './commands/init.ts';
import { planCommand } from './commands/plan.ts';
import { reportCommand } from './commands/report.ts';
import { resumeCommand } from './commands/resume.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { signCommand } from './commands/sign.ts';
import { smokeCommand } from './commands/smoke.ts';
import { statusCommand } from './commands/status.ts';
import { verifyCommand } from './commands/verify.ts';
import { isDisplay, usageError } from './usage.ts';

const COMMANDS: readonly ((cli: Cli) => Command)[] = [
  initCommand,
  bindCommand,
  checkCommand,
  smokeCommand,
  planCommand,
  deployCommand,
  statusCommand,
  resumeCommand,
  rollbackCommand,
  signCommand,
  backupCommand,
  reportCommand,
  verifyCommand,
  doctorCommand,
  completionCommand,
  helpCommand,
];

/** The whole command line, ready to be parsed. Heavy rooms are loaded by the actions, so that help comes at once. */
export function buildProgram(cli: Cli): Command {
  const program = new Command('holdpoint')
    .description('Runs a deployment checklist: every item ticked by evidence or by a named person.')
    .version(cli.house.version, '-V, --version', 'print the version')
    .option('-s, --specification <file>', 'the specification (default: holdpoint.yaml)')
    .option('--json', 'answer with one JSON object on the standard output')
    .option('--as <name>', 'who is asking, by name')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExample:\n  $ holdpoint deploy 2.0.0\n\nExit statuses: holdpoint help exit-codes',
    );
  for (const define of COMMANDS) program.addCommand(define(cli));
  for (const command of withinOf(program)) prepare(command, cli);
  return program;
}

/** A command and all below it. */
const withinOf = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(withinOf)];

function prepare(command: Command, { house }: Cli): void {
  const withoutLastEnding = (text: string): string => text.replace(/\n$/, '');
  command
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showSuggestionAfterError(false)
    .configureOutput({
      writeOut: (text) => house.print(withoutLastEnding(text)),
      writeErr: (text) => house.printError(withoutLastEnding(text)),
      // Complaints are thrown, and shown by the one printer of errors.
      outputError: () => undefined,
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride((error: CommanderError) => {
      throw isDisplay(error) ? error : usageError(error, command);
    });
}
