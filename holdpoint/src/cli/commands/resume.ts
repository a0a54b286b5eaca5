import type { Command } from 'commander';
import { HoldpointError } from '../../kernel/errors.ts';
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
      'world, not from memory. A run whose specification, checklist or Holdpoint changed meanwhile is refused, unless ' +
      'somebody adopts the change by name.',
    examples: [
      'holdpoint resume',
      "holdpoint resume --adopt --as Ada --reason 'the checklist had a wrong limit'",
    ],
    statuses: [0, 10, 11, 12, 13, 14],
  })
    .option('--run <id>', 'the run (default: the newest that is open)')
    .option('--wait', 'stay until the environment is free, phases are due and people have answered')
    .option('--adopt', 'go on although the specification, the checklist or Holdpoint itself changed')
    .option('--reason <text>', 'why the change is adopted; kept in the log')
    .addOption(demoOption())
    .action(
      running<ResumeOptions>(async (options) => {
        if (options.adopt === true) assertAnswered(options);
        const actions = await house.loadActions();
        return await actions.resume(options);
      }),
    );
}

function assertAnswered({ as, reason = '' }: ResumeOptions): void {
  if (as !== undefined && as.trim() !== '' && reason.trim() !== '') return;
  throw new HoldpointError('usage', 'a change is adopted by a named person with a reason', {
    next: 'Add --as NAME and --reason TEXT.',
  });
}
