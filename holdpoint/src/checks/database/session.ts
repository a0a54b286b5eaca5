import { HoldpointError } from '../../kernel/errors.ts';
import { type Session, withSession } from '../../system/postgres/connection.ts';
import type { Probe, Subject } from '../check.ts';

/** A session that the server itself keeps from changing anything. Throws `configuration` without a database. */
export async function looking<Result>(
  subject: Subject,
  probe: Probe,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  if (subject.databaseUrl === undefined) {
    throw new HoldpointError('configuration', 'no database is declared', {
      next: "Write its address under 'database.url' in the specification.",
    });
  }
  const options = { statementTimeout: 15_000, signal: probe.signal, name: 'holdpoint check' };
  return withSession(subject.databaseUrl, options, async (session) => {
    await session.query('begin transaction read only');
    try {
      return await use(session);
    } finally {
      await session.query('rollback').catch(() => undefined);
    }
  });
}
