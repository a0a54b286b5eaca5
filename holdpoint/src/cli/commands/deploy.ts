import type { Command } from 'commander';
import type { DeployOptions } from '../actions.ts';
import { type Cli, describe } from '../command.ts';
import { demoOption } from '../demo-option.ts';
import { instant } from '../instant.ts';

type Given = Omit<DeployOptions, 'version'>;

/** `holdpoint deploy VERSION`. */
export function deployCommand({ house, running }: Cli): Command {
  return describe({
    name: 'deploy',
    summary: 'release a version, from the checks to the sign-off',
    description:
      'Opens a run and takes the version through readiness, notification, backup, migration, deployment, ' +
      'verification, smoke test, watch and sign-off. A release that the watch shows to be bad is rolled back. ' +
      'Where a person has to answer or a phase is not due yet, the run stays open and `holdpoint resume` goes on.',
    examples: ['holdpoint deploy 2.0.0 --as Ada', 'holdpoint deploy 2.0.0 --at 2026-03-01T20:00:00Z --wait'],
    statuses: [0, 10, 11, 12, 13, 14],
  })
    .argument('<version>', 'the version to release')
    .option('-y, --yes', 'do not ask before the first change')
    .option('--at <time>', 'when the deployment starts (ISO 8601; default: now)', instant)
    .option('--wait', 'stay until the environment is free, phases are due and people have answered')
    .addOption(demoOption())
    .action(
      running<Given>(async (options, [version = '']) => {
        const actions = await house.loadActions();
        return await actions.deploy({ ...options, version });
      }),
    );
}
