import type { Command } from 'commander';
import { type Cli, describe } from '../command.ts';
import type { CommonOptions } from '../finished.ts';

interface Given extends CommonOptions {
  readonly run?: string;
  readonly expect?: string;
}

/** `holdpoint verify`. */
export function verifyCommand({ house, running }: Cli): Command {
  return describe({
    name: 'verify',
    summary: 'find every changed, missing or reordered event of the log',
    description:
      'Recomputes the hash chain of every run, or of one, and looks whether each signature points at what lay before ' +
      'the person. The chain shows changes to a part; somebody who rewrites all of it is found only by a hash that was ' +
      'kept elsewhere, such as in a notification: give it with --expect.',
    examples: ['holdpoint verify', 'holdpoint verify --run 2026-03-01-2.0.0 --expect 3f7a…'],
    statuses: [0, 10],
  })
    .option('--run <id>', 'the run (default: all)')
    .option('--expect <hash>', 'hash of an event that the run must hold (twelve characters at least)')
    .action(
      running<Given>(async (options) => {
        const { verify } = await import('../verify/verify.ts');
        return await verify(house, options);
      }),
    );
}
