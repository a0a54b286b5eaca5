import { Option } from 'commander';

/** `--demo`, or `--demo signoff`. */
export function demoOption(): Option {
  return new Option(
    '--demo [until]',
    'let three people of the demonstration answer; with `signoff`, everything but the sign-off. The evidence says so',
  ).choices(['signoff']);
}
