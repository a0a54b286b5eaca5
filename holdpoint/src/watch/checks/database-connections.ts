import { z } from 'zod';
import type { Check } from '../../checks/check.ts';
import { readSettings } from '../../checks/settings.ts';
import { inconclusive, judgeFaults, notApplicable } from '../../checks/verdicts.ts';
import { checkId } from '../../kernel/ids.ts';
import { formatShare } from '../../kernel/quantities.ts';
import { share } from '../../kernel/settings.ts';
import { withSession } from '../../system/postgres/connection.ts';

const ID = checkId('watch.database-connections');

const Settings = z.strictObject({
  /** The share of `max_connections` that may be open. */
  max: share.default(0.8),
});

/**
 * Sessions of clients, ours left out. Who may not see others' details reads no backend_type of theirs; database and
 * user stay visible, and those that the server starts for itself lack one of the two.
 */
const COUNT = `select count(*)::int as open, current_setting('max_connections')::int as most
  from pg_stat_activity
  where pid <> pg_backend_pid()
    and (backend_type = 'client backend'
      or backend_type is null and datid is not null and usesysid is not null)`;

/** watch.database-connections: what is open now is below a share of what the server allows. */
export const databaseConnections: Check = {
  id: ID,
  timeLimit: 20_000,
  run: async (subject, { signal }) => {
    const { max } = readSettings(subject, ID, Settings);
    if (subject.databaseUrl === undefined) return notApplicable('no database is declared');
    const options = { statementTimeout: 10_000, signal, name: 'holdpoint watch' };
    const [row] = await withSession(subject.databaseUrl, options, (session) =>
      session.query<{ open: number; most: number }>(COUNT),
    );
    if (row === undefined)
      return inconclusive('the server told no number of connections', 'Look at pg_stat_activity, and sign.');
    const part = row.open / row.most;
    const measured = `${row.open} of ${row.most} connections are open, ${formatShare(part)}`;
    return judgeFaults(part > max ? [measured] : [], measured, {
      expected: `at most ${formatShare(max)} of max_connections`,
      measured,
      next: 'Find in pg_stat_activity who holds them; make the pools smaller, or raise max_connections.',
    });
  },
};
