import type { LostRows } from '../backup/backup.ts';
import type { WayBack } from '../rehearsal/rehearsal.ts';
import type { RunContext } from './context.ts';
import { recordOf } from './desk.ts';
import { type PhaseEnd, settled, waiting } from './phases/phase.ts';
import { verifiedBackup } from './verified-backup.ts';
import { wayBackInWords } from './way-back-words.ts';

/** Records how the old version would come back, unless the log says the same already. */
export async function decideWayBack(
  { journal }: RunContext,
  wayBack: WayBack,
  ownWrites: readonly LostRows[] = [],
): Promise<void> {
  const { kind, reasons } = wayBack;
  const by = wayBack.kind === 'database' ? wayBack.by : undefined;
  const before = journal.state.wayBack;
  if (before?.kind === kind && before.by === by && before.reasons.join('\n') === reasons.join('\n')) return;
  const backup = verifiedBackup(journal.state);
  await journal.record({
    type: 'way-back.decided',
    kind,
    ...(by === undefined ? {} : { by }),
    reasons: [...reasons],
    ...(backup === undefined ? {} : { backup }),
    ...(ownWrites.length === 0 ? {} : { ownWrites: ownWrites.map((table) => ({ ...table })) }),
  });
}

/** A way back that was not proven by rehearsing it: through the backup where one was read back, else none. */
export function unproven(context: RunContext, reason: string): WayBack {
  return verifiedBackup(context.journal.state) === undefined
    ? { kind: 'none', reasons: [reason, 'there is no verified backup'] }
    : { kind: 'database', by: 'restore', reasons: [reason] };
}

/** Lets the run go on where the old code comes back alone; else stops it at a named person, before anything is touched. */
export async function holdForWayBack(context: RunContext, proven: PhaseEnd): Promise<PhaseEnd> {
  const { journal, desk, project } = context;
  const { wayBack } = journal.state;
  if (wayBack === undefined || wayBack.kind === 'code-only') return proven;
  if (journal.state.wayBackAccepted === undefined) {
    const allowed = project.specification.people.approver;
    const word = await desk.acceptWayBack({ wayBack, allowed });
    if (word === undefined) return waiting([wayBackInWords(wayBack), ...wayBack.reasons], SIGN);
    const { reason, lossLimit } = word;
    const limit = lossLimit === undefined ? {} : { lossLimit };
    await journal.record({ type: 'way-back.accepted', by: recordOf(word), reason, ...limit });
  }
  const accepted = journal.state.wayBackAccepted;
  return settled('attested', `${wayBackInWords(wayBack)}; accepted by ${accepted?.by.name ?? ''}`);
}

const SIGN =
  'Let a named person answer for it with `holdpoint sign way-back --as NAME --reason TEXT [--loss 10m]` and go on with `holdpoint resume`, or give it up with `holdpoint rollback`.';
