import { type ErrorCode, EXIT } from '../kernel/errors.ts';

const MEANINGS: readonly (readonly [status: number, meaning: string])[] = [
  [0, 'done'],
  [10, 'a check failed, or the log was changed'],
  [11, 'the release was rolled back'],
  [12, 'waiting for a person, or for a phase to be due'],
  [13, 'another release holds the lease of this environment, or took it over'],
  [14, 'evidence is missing or inconclusive'],
  [64, 'the command was used wrongly, or names what is not there'],
  [70, "Holdpoint's own fault, or of what it needs: a command, the network"],
  [78, 'holdpoint.yaml or the checklist cannot be used'],
  [130, 'cancelled'],
];

export interface ExitCode {
  readonly status: number;
  readonly meaning: string;
  /** Values of `error.code` in the answer to `--json` that end with it. */
  readonly errors: readonly ErrorCode[];
}

/** The one table of exit statuses. */
export const EXIT_CODES: readonly ExitCode[] = MEANINGS.map(([status, meaning]) => ({
  status,
  meaning,
  errors: (Object.keys(EXIT) as ErrorCode[]).filter((code) => EXIT[code] === status),
}));

export function exitCodeLines(): readonly string[] {
  return EXIT_CODES.map(({ status, meaning }) => `${String(status).padStart(5)}  ${meaning}`);
}
