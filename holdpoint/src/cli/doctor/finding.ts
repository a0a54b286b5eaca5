export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'missing' | 'unknown';
  /** A version, a size, or what was found instead. */
  readonly found: string;
  /** What it is for. */
  readonly neededFor: string;
  /** Whether the specification cannot do without it. */
  readonly required: boolean;
}

/** `ok       git 2.39.5` or `missing  psql: for looking into the database (not needed here)`. */
export function findingLine({ what, state, found, neededFor, required }: Finding): string {
  const use =
    state === 'ok' ? '' : `; for ${neededFor}${required ? '' : ' (not needed by this specification)'}`;
  return `${state.padEnd(8)} ${what}: ${found}${use}`;
}
