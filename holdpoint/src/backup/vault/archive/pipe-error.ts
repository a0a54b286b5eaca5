import { HoldpointError } from '../../../kernel/errors.ts';
import type { PipeResult } from '../../../system/exec/pipe.ts';

/**
 * The error of a pipe of which any command failed; undefined when all ended well. Of several the one that failed by
 * itself is named: those before it only lost their reader.
 */
export function pipeError(
  what: string,
  { ends, timedOut }: PipeResult,
  firstMayEndWith = 0,
): HoldpointError | undefined {
  if (timedOut) return new HoldpointError('timeout', `could not ${what} in time`);
  const failed = ends.filter(
    ({ exitCode }, index) => exitCode !== 0 && !(index === 0 && exitCode === firstMayEndWith),
  );
  if (failed.length === 0) return undefined;
  const cause = failed.findLast(({ signal }) => signal !== 'SIGPIPE') ?? failed[0];
  const lines = failed.flatMap(({ program, stderr }) =>
    stderr
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-5)
      .map((line) => (line.startsWith(`${program}:`) ? line : `${program}: ${line}`)),
  );
  const status = cause?.exitCode === null ? `ended by ${cause.signal}` : `status ${cause?.exitCode}`;
  return new HoldpointError('command-failed', `could not ${what}: ${cause?.program} ended with ${status}`, {
    details: lines,
  });
}
