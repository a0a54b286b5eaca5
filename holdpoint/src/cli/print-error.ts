import { EXIT, type HoldpointError } from '../kernel/errors.ts';
import { JSON_VERSION } from './finished.ts';
import type { House } from './house.ts';

/** The one way in which an error is shown; returns the exit status that belongs to it. */
export function printError(house: House, error: HoldpointError, json: boolean): number {
  const { code, message, details, next } = error;
  if (json) {
    house.print(
      JSON.stringify({
        holdpoint: JSON_VERSION,
        error: { code, message, details, ...(next === undefined ? {} : { next }) },
      }),
    );
  } else {
    house.printError(
      [
        `error: ${message}`,
        ...details.map((line) => `  ${line}`),
        ...(next === undefined ? [] : [`next: ${next}`]),
      ].join('\n'),
    );
  }
  if (house.variables['HOLDPOINT_DEBUG'] === '1') house.printError(traces(error));
  return EXIT[code];
}

function traces(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? stack : `${stack}\ncaused by ${traces(cause)}`;
}
