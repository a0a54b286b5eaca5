import type { Command } from 'commander';
import type { PlanOptions } from '../actions.ts';
import { type Cli, describe } from '../command.ts';
import { instant } from '../instant.ts';

type Given = Omit<PlanOptions, 'version'>;

/** `holdpoint plan VERSION`. */
export function planCommand({ house, running }: Cli): Command {
  return describe({
    name: 'plan',
    summary: 'print what a release would do; change nothing',
    description:
      'Prints the phases with the time at which each is due, the steps of the deployment as they would be taken from ' +
      'what runs now, and the way back. Changes nothing.',
    examples: ['holdpoint plan 2.0.0', 'holdpoint plan 2.0.0 --at 2026-03-01T20:00:00Z'],
    statuses: [0],
  })
    .argument('<version>', 'the version that would be released')
    .option('--at <time>', 'when the deployment would start (ISO 8601; default: now)', instant)
    .action(
      running<Given>(async (options, [version = '']) => {
        const actions = await house.loadActions();
        return await actions.plan({ ...options, version });
      }),
    );
}
