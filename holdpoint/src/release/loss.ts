import type { Loss } from '../backup/backup.ts';
import { explain } from '../kernel/errors.ts';
import { lossInWords, lossIsCovered, withoutOwn } from '../rollback/plan.ts';
import type { RunContext } from './context.ts';
import { recordOf } from './desk.ts';
import { migratedBy } from './migration.ts';
import { tellAll } from './phases/notify.ts';
import { type Waiting, waiting } from './phases/phase.ts';
import type { Project } from './project.ts';
import type { RunState } from './state.ts';

/**
 * What restoring would lose now, without what the migration itself wrote: that is meant to go. A server that cannot be
 * asked leaves it unknown, which is not nothing.
 */
export async function lossNow(
  project: Project,
  state: RunState,
  backup: string,
  signal: AbortSignal,
): Promise<Loss> {
  try {
    if (project.backup === undefined) throw new Error('no database is declared');
    const loss = await project.backup.lossSince(backup, signal);
    return migratedBy(state) === 'done' ? withoutOwn(loss, state.wayBack?.ownWrites ?? []) : loss;
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
  const loss = await lossNow(project, journal.state, backup, authority.signal);
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
