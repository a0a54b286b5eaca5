import type { Command } from 'commander';
import type { SmokeOptions } from '../actions.ts';
import { type Cli, describe } from '../command.ts';

/** `holdpoint smoke`. */
export function smokeCommand({ house, running }: Cli): Command {
  return describe({
    name: 'smoke',
    summary: 'use the running system as its users do; record nothing',
    description:
      'Walks the declared user journeys through the public address, one after the other, and prints each verdict. ' +
      'Nothing is deployed and nothing is recorded.',
    examples: ['holdpoint smoke', 'holdpoint smoke --only smoke.login smoke.upload'],
    statuses: [0, 10, 14],
  })
    .option('--only <journeys...>', 'ids of the journeys to walk (default: all that are declared)')
    .action(
      running<SmokeOptions>(async (options) => {
        const actions = await house.loadActions();
        return await actions.smoke(options);
      }),
    );
}
