import type { Check, Probe } from '../checks/check.ts';
import { readSettings } from '../checks/settings.ts';
import { inconclusive, judgeFaults, notApplicable } from '../checks/verdicts.ts';
import { explain } from '../kernel/errors.ts';
import { checkId } from '../kernel/ids.ts';
import { noAnswer } from '../system/no-answer.ts';
import { withSession } from '../system/postgres/connection.ts';
import type { VerifyParts } from './parts.ts';
import { askReports, reportSettings } from './reported.ts';

const ID = checkId('verify.database');

/** verify.database: a session with the database stands, and the services report one of their own. */
export function databaseCheck(parts: VerifyParts): Check {
  return {
    id: ID,
    timeLimit: 30_000,
    run: async (subject, probe) => {
      const settings = readSettings(subject, ID, reportSettings);
      if (subject.databaseUrl === undefined) return notApplicable('no database is declared');
      const refused = await refusal(subject.databaseUrl, probe);
      const { count, faults } = await askReports(parts, subject, settings, probe);
      if (settings.report !== undefined && count === 0) {
        return inconclusive(
          `no running service reports '${settings.report}'`,
          'Correct `report` or `services`.',
        );
      }
      const services = count === 0 ? '' : `, and ${count} replicas report a working session`;
      return judgeFaults(
        [...(refused === undefined ? [] : [refused]), ...faults],
        `the database answers${services}`,
        {
          next: 'Check that the server runs, its connection limit, and the connection string of the services.',
        },
      );
    },
  };
}

async function refusal(url: string, probe: Probe): Promise<string | undefined> {
  try {
    const options = { statementTimeout: 5_000, signal: probe.signal, name: 'holdpoint verify' };
    await withSession(url, options, (session) => session.query('select 1'));
    return undefined;
  } catch (error) {
    probe.signal.throwIfAborted();
    if (noAnswer(error) === undefined) throw error;
    return explain(error);
  }
}
