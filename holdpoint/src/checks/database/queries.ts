import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults, notApplicable } from '../verdicts.ts';
import { looking } from './session.ts';
import { statementsOf } from './tokens.ts';

const ID = checkId('database.queries');

const Settings = z.strictObject({
  /** By their name: SQL alone, or with a budget of its own. */
  queries: z
    .record(
      z.string(),
      z.union([z.string(), z.strictObject({ sql: z.string(), budget: duration.optional() })]),
    )
    .default({}),
  /** The budget of those that have none. */
  max: duration.default(200),
});

interface TimedQuery {
  readonly name: string;
  readonly budget: number;
  readonly milliseconds: number;
}

function judgeQueries(queries: readonly TimedQuery[]): Evidence {
  const told = ({ name, milliseconds, budget }: TimedQuery): string =>
    `${name}: ${formatDuration(milliseconds)} of ${formatDuration(budget)}`;
  const slow = queries.filter(({ milliseconds, budget }) => milliseconds > budget);
  const worst = queries.toSorted((a, b) => b.milliseconds / b.budget - a.milliseconds / a.budget)[0];
  const good = `${queries.length} queries within their budgets; nearest to it ${worst ? told(worst) : ''}`;
  return judgeFaults(slow.map(told), good, {
    details: queries.filter((one) => !slow.includes(one)).map(told),
    next: 'Read the plan with EXPLAIN (ANALYZE, BUFFERS), and give the query an index or less to do.',
  });
}

interface Plan {
  readonly 'QUERY PLAN': readonly { readonly 'Planning Time': number; readonly 'Execution Time': number }[];
}

export const queries: Check = {
  id: ID,
  timeLimit: 60_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    if (subject.databaseUrl === undefined) return notApplicable('no database is declared');
    const named = Object.entries(settings.queries).map(([name, value]) => {
      const { sql, budget } = typeof value === 'string' ? { sql: value, budget: undefined } : value;
      // A second statement would run outside of EXPLAIN, and could end the transaction that is rolled back.
      if (statementsOf(sql).length !== 1) {
        throw new HoldpointError('configuration', `the query '${name}' must be one statement`);
      }
      return { name, sql: sql.trim().replace(/;\s*$/, ''), budget: budget ?? settings.max };
    });
    if (named.length === 0) {
      return inconclusive(
        'no query is named',
        "Name those that matter under 'queries' in the check's settings.",
      );
    }
    const timed = await looking(subject, probe, async (session) => {
      const results: TimedQuery[] = [];
      for (const { name, sql, budget } of named) {
        const [row] = await session.query<Plan>(`explain (analyze, format json) ${sql}`);
        const plan = row?.['QUERY PLAN'][0];
        results.push({
          name,
          budget,
          milliseconds: (plan?.['Planning Time'] ?? 0) + (plan?.['Execution Time'] ?? 0),
        });
      }
      return results;
    });
    return judgeQueries(timed);
  },
};
