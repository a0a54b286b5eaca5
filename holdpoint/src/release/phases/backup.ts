import type { Backup } from '../../backup/backup.ts';
import { checkFor } from '../../checks/registry.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId, runId } from '../../kernel/ids.ts';
import { formatBytes } from '../../kernel/quantities.ts';
import { settles } from '../../kernel/verdict.ts';
import type { RunContext } from '../context.ts';
import { askForWaivers, boundChecks, recordEvidence, settleChecks, verdictsOf } from '../settle.ts';
import { act } from '../step.ts';
import { BACKUP_CREATE, takenBackup } from '../verified-backup.ts';
import { endOf, type Phase, settled } from './phase.ts';

const PROVEN = checkId('database.backup');

/** Takes a backup and restores it at once: without a backup that was read back nothing is migrated. */
export const backup: Phase = {
  name: 'backup',
  async run(context) {
    const { project, journal, authority } = context;
    const engine = project.backup;
    if (engine !== undefined) {
      await act(context, {
        phase: 'backup',
        name: BACKUP_CREATE,
        title: 'take a backup of the database',
        perform: async () => taking(await engine.create(runId(journal.run), authority.signal)),
        found: async () => {
          const mine = (await engine.list()).find(({ run }) => run === journal.run);
          return mine === undefined ? undefined : taking(mine);
        },
      });
      await prove(context, idOf(context));
    }
    const bound = boundChecks(context, 'backup').filter((id) => id !== PROVEN || engine === undefined);
    await settleChecks(
      context,
      'backup',
      context.to.version,
      bound.map((id) => checkFor(id)),
    );
    const keys = [...new Set([...(engine === undefined ? [] : [PROVEN]), ...bound])];
    await askForWaivers(
      context,
      keys.filter((key) => key !== PROVEN),
    );
    // The way back of this release hangs on it, however many newer ones are taken meanwhile.
    const own = takenBackup(journal.state);
    if (engine !== undefined) {
      const keep = project.specification.database?.backup.keep ?? 1;
      await engine.retain(keep, own === undefined ? [] : [own]);
    }
    return keys.length === 0
      ? settled('not-applicable', 'no database is declared')
      : endOf(verdictsOf(context, keys));
  },
};

const taking = (
  taken: Backup,
): { summary: string; result: { id: string; digest: string; lsn: string; at: number } } => ({
  summary: `${taken.id}, ${formatBytes(taken.bytes)}, consistent at ${taken.consistencyPoint.lsn}`,
  result: {
    id: taken.id,
    digest: taken.digest,
    lsn: taken.consistencyPoint.lsn,
    at: taken.consistencyPoint.at,
  },
});

function idOf(context: RunContext): string {
  const id = takenBackup(context.journal.state);
  if (id !== undefined) return id;
  throw new HoldpointError('tampered', 'the log does not say which backup was taken', {
    next: 'Run `holdpoint verify`, and begin a new release.',
  });
}

async function prove(context: RunContext, id: string): Promise<void> {
  const { project, journal, authority } = context;
  const known = journal.state.checks.get(PROVEN);
  if (known !== undefined && settles(known.evidence.verdict)) return;
  const began = project.clock.now();
  const proving = await project.backup?.prove(id, authority.signal);
  if (proving === undefined) return;
  await recordEvidence(context, 'backup', PROVEN, proving.evidence, project.clock.now() - began);
}
