import { HoldpointError } from '../../kernel/errors.ts';
import { runningServer } from '../../system/postgres/postmaster.ts';
import { lastLines, serverLog } from '../../system/postgres/server-log.ts';

/** How a server tells that one of its processes died, after which it throws all sessions out. */
const DIED = /terminated by signal|PANIC|exited with exit code [^01]/;

/**
 * The error with what the restored server said last, if it did not start or died: its log goes with its folder. Any
 * other error is returned as it is.
 */
export async function withLastWords(error: unknown, data: string): Promise<unknown> {
  const said = await lastLines(serverLog(data), 0);
  if (error instanceof HoldpointError && error.message.includes('did not start')) {
    const { code, cause } = error;
    return new HoldpointError(code, 'the restored copy did not start', {
      cause,
      details: error.details.length > 0 ? error.details : said,
      next: 'Read what its server said last; when it is the room on this machine, make some, else take a new backup.',
    });
  }
  if (said.length === 0) return error;
  const running = await runningServer(data);
  if (running !== undefined && !DIED.test(said.join('\n'))) return error;
  return new HoldpointError('unreachable', 'the restored server died while it was used', {
    cause: error,
    details: said,
    next: 'Read what it said last: something on this machine may have ended it, such as too little memory.',
  });
}
