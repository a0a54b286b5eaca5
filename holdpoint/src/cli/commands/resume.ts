import type { Command } from 'commander';
import type { ResumeOptions } from '../actions.ts';
import { type Cli, describe } from '../command.ts';
import { demoOption } from '../demo-option.ts';

/** `holdpoint resume`. */
export function resumeCommand({ house, running }: Cli): Command {
  return describe({
    name: 'resume',
    summary: 'go on with a run that waits or was cut off',
    description:
      'Takes up the newest open run, or the one that is named. What an interrupted step has done is learnt from the ' +
      'world, not from memory.',
    examples: ['holdpoint resume', 'holdpoint resume --run 2026-03-01-2.0.0'],
    statuses: [0, 10, 11, 12, 13, 14],
  })
    .option('--run <id>', 'the run (default: the newest that is open)')
    .option('--wait', 'stay until phases are due and people have answered')
    .addOption(demoOption())
    .action(
      running<ResumeOptions>(async (options) => {
        const actions = await house.loadActions();
        return await actions.resume(options);
      }),
    );
}
