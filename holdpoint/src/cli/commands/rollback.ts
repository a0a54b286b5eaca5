import type { Command } from 'commander';
import { HoldpointError } from '../../kernel/errors.ts';
import type { RollbackOptions } from '../actions.ts';
import { type Cli, describe } from '../command.ts';

/** `holdpoint rollback`. */
export function rollbackCommand({ house, running }: Cli): Command {
  return describe({
    name: 'rollback',
    summary: 'bring the version back that ran before',
    description:
      'Rolls a run back as a whole to the revision that ran before it. With --plan prints the steps and changes nothing.',
    examples: ['holdpoint rollback --plan', "holdpoint rollback --as Ada --reason 'log-in is broken'"],
    statuses: [0, 11, 13],
  })
    .option('--run <id>', 'the run (default: the newest)')
    .option('--plan', 'print the steps; change nothing')
    .option('--reason <text>', 'why; kept in the log')
    .action(
      running<RollbackOptions>(async (options) => {
        if (options.plan !== true && (options.reason ?? '').trim() === '') {
          throw new HoldpointError('usage', 'a roll-back needs a reason', {
            next: 'Give it with --reason TEXT, or look first with --plan.',
          });
        }
        const actions = await house.loadActions();
        return await actions.rollback(options);
      }),
    );
}
