import type { Command } from 'commander';
import type { CheckOptions } from '../actions.ts';
import { type Cli, describe } from '../command.ts';

type Given = Omit<CheckOptions, 'version'>;

/** `holdpoint check VERSION`. */
export function checkCommand({ house, running }: Cli): Command {
  return describe({
    name: 'check',
    summary: 'run the readiness checks of a version; change nothing',
    description:
      'Runs the checks of the readiness phase that the checklist is bound to, side by side, and prints each verdict. ' +
      'Nothing is deployed and nothing is recorded.',
    examples: ['holdpoint check 2.0.0', 'holdpoint check 2.0.0 --only code.ci configuration.secrets'],
    statuses: [0, 10, 14],
  })
    .argument('<version>', 'the version that would be released')
    .option('--only <checks...>', 'ids of the checks to run (holdpoint bind --catalogue lists them)')
    .action(
      running<Given>(async (options, [version = '']) => {
        const actions = await house.loadActions();
        return await actions.check({ ...options, version });
      }),
    );
}
