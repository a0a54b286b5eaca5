import type { Command } from 'commander';
import { type Cli, describe } from '../command.ts';
import type { CommonOptions } from '../finished.ts';

/** `holdpoint doctor`. */
export function doctorCommand({ house, running }: Cli): Command {
  return describe({
    name: 'doctor',
    summary: 'what this machine has of what a release needs',
    description:
      'Looks at Node, programs with their versions, ports, free space, the state folder and PostgreSQL. A line that is ' +
      'missing says what it is needed for; only what the specification itself needs changes the exit status.',
    examples: ['holdpoint doctor', 'holdpoint doctor --specification staging.yaml --json'],
    statuses: [0, 10, 78],
  }).action(
    running<CommonOptions>(async (options) => {
      const { doctor } = await import('../doctor/doctor.ts');
      return await doctor(house, options.specification);
    }),
  );
}
