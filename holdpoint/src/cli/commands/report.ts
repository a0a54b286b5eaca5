import { type Command, Option } from 'commander';
import { type Cli, describe } from '../command.ts';
import type { CommonOptions } from '../finished.ts';

interface Given extends CommonOptions {
  readonly run?: string;
  readonly format?: 'markdown' | 'json' | 'junit' | 'post-mortem' | 'chart';
  readonly output?: string;
}

/** `holdpoint report`. */
export function reportCommand({ house, running }: Cli): Command {
  return describe({
    name: 'report',
    summary:
      'the filled-in checklist of a run, its evidence as JSON or JUnit, a chart of the watch, or a post-mortem',
    description:
      'Renders a run as the checklist with which it was opened, filled in with evidence; as JSON; as JUnit XML; its watch as an SVG picture; or as the ' +
      'draft of a post-mortem, with blanks for what only people can say. Prints it, or with --output writes them into a ' +
      'folder, the post-mortem only for a run that went back or failed. Works while the run goes on.',
    examples: [
      'holdpoint report > filled.md',
      'holdpoint report --format post-mortem',
      'holdpoint report --output evidence/',
    ],
    statuses: [0],
  })
    .option('--run <id>', 'the run (default: the newest)')
    .addOption(
      new Option('--format <format>', 'what to print')
        .choices(['markdown', 'json', 'junit', 'post-mortem', 'chart'])
        .conflicts('output'),
    )
    .option('--output <folder>', 'write all formats into this folder instead')
    .action(
      running<Given>(async (options) => {
        const { report } = await import('../report/report.ts');
        return await report(house, options);
      }),
    );
}
