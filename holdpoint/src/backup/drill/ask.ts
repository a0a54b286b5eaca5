import { explain } from '../../kernel/errors.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Command, Exec } from '../../system/exec/command.ts';
import { withSession } from '../../system/postgres/connection.ts';

const ASK_WITHIN = 600_000;
const START_WITHIN = 900_000;

/** A question of the user's to a restored database. */
export interface Query {
  readonly sql: string;
  /** The one value; any row when left out. */
  readonly expect?: string | undefined;
}

/** Asks each; what it may read is a copy, so that no statement does harm. */
export async function askQueries(
  url: string,
  queries: readonly Query[],
  signal: AbortSignal | undefined,
): Promise<Evidence | undefined> {
  const faults: string[] = [];
  for (const { sql, expect } of queries) {
    const found = await withSession(url, { statementTimeout: ASK_WITHIN, signal }, async (session) =>
      session.query<Record<string, unknown>>(sql),
    ).catch((error: unknown) => {
      signal?.throwIfAborted();
      faults.push(`${sql}: ${explain(error)}`);
      return undefined;
    });
    if (found === undefined) continue;
    const value = Object.values(found[0] ?? {})[0];
    if (found.length === 0) faults.push(`${sql}: no row`);
    else if (expect !== undefined && String(value) !== expect)
      faults.push(`${sql}: ${String(value)} instead of ${expect}`);
  }
  if (queries.length === 0) return undefined;
  if (faults.length === 0)
    return { verdict: 'pass', summary: `${queries.length} queries answered as expected` };
  return {
    verdict: 'fail',
    summary: 'the restored database answers otherwise than it should',
    details: faults,
  };
}

/** Runs the user's command against what was restored; 0 means that the service is healthy on it. */
export async function startService(
  command: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>>,
  exec: Exec,
  signal: AbortSignal | undefined,
): Promise<Evidence> {
  const [program = '', ...args] = command;
  const words: Command = { program, args, cwd: folder, environment };
  const options = { timeout: START_WITHIN, ...(signal === undefined ? {} : { signal }) };
  const result = await exec(words, options);
  if (result.exitCode === 0)
    return { verdict: 'pass', summary: 'the service is healthy on what was restored' };
  return {
    verdict: 'fail',
    summary: result.timedOut
      ? 'the service did not become healthy on what was restored in time'
      : `the service is not healthy on what was restored: ${program} ended with ${result.exitCode}`,
    details: `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-20),
  };
}
