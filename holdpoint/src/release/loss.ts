import type { Loss } from '../backup/backup.ts';
import { explain } from '../kernel/errors.ts';
import { lossInWords, lossIsCovered } from '../rollback/plan.ts';
import type { RunContext } from './context.ts';
import { recordOf } from './desk.ts';
import { tellAll } from './phases/notify.ts';
import { type Waiting, waiting } from './phases/phase.ts';
import type { Project } from './project.ts';

/** What restoring would lose now. A server that cannot be asked leaves it unknown, which is not nothing. */
export async function lossNow(project: Project, backup: string, signal: AbortSignal): Promise<Loss> {
  try {
    if (project.backup === undefined) throw new Error('no database is declared');
    return await project.backup.lossSince(backup, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { milliseconds: 0, tables: [], rows: 0, unknown: explain(error) };
  }
}

/** Measures and records it. `final` when nothing of the system can write any more. */
export async function measureLoss(
  { project, journal, authority }: RunContext,
  backup: string,
  final: boolean,
): Promise<Loss> {
  const loss = await lossNow(project, backup, authority.signal);
  const tables = loss.tables.map((table) => ({ ...table }));
  await journal.record({ type: 'loss.measured', backup, final, ...loss, tables });
  return loss;
}

/**
 * Whether this much may be lost: because it is nothing, because a named person said so beforehand, or because one says
 * so now. Undefined when it may; else what the run waits for.
 */
export async function holdForLoss(context: RunContext, loss: Loss): Promise<Waiting | undefined> {
  const { journal, desk } = context;
  const { wayBackAccepted, lossAccepted } = journal.state;
  if (lossAccepted !== undefined || lossIsCovered(loss, wayBackAccepted)) return undefined;
  const measured = journal.state.loss;
  const word = measured === undefined ? undefined : await desk.acceptLoss(measured);
  if (word !== undefined) {
    await journal.record({ type: 'loss.accepted', by: recordOf(word), reason: word.reason });
    return undefined;
  }
  const what = lossInWords(loss);
  await tellAll(context, 'waiting', ...what);
  return waiting(
    ['restoring the backup would lose what was written since', ...what],
    'Let a named person accept it with `holdpoint sign loss --as NAME --reason TEXT` and go on with `holdpoint resume`; until then nothing is taken back.',
  );
}
