import { formatDuration } from '../../kernel/durations.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Journal } from '../../release/journal.ts';
import type { Project } from '../../release/project.ts';
import { wayBackInWords } from '../../release/way-back-words.ts';
import { lossInWords } from '../../rollback/plan.ts';
import type { SignOptions } from '../actions.ts';
import { done, type Finished } from '../finished.ts';

/** A named person's word that a release may go forward although its way back is not by code alone. */
export async function acceptWayBack(
  { specification }: Pick<Project, 'specification'>,
  journal: Journal,
  options: SignOptions,
): Promise<Finished> {
  const { as: name, lossLimit } = options;
  const reason = reasonFor(options);
  const { wayBack } = journal.state;
  if (wayBack === undefined || wayBack.kind === 'code-only')
    throw nothingToAccept('no way back is asked about in this run');
  const allowed = specification.people.approver;
  if (allowed.length > 0 && !allowed.includes(name)) {
    throw new HoldpointError('conflict', `${name} may not answer for a way back`, {
      next: `Let one of these do it: ${allowed.join(', ')}.`,
    });
  }
  const limit = lossLimit === undefined ? {} : { lossLimit };
  await journal.record({ type: 'way-back.accepted', by: { name }, reason, ...limit });
  const loss = lossLimit === undefined ? '' : `, and gives up at most ${formatDuration(lossLimit)} of writes`;
  return done([`${name} answers for it: ${wayBackInWords(wayBack)}${loss}`], {
    wayBack: wayBack.kind,
    lossLimit: lossLimit ?? null,
  });
}

/** A named person's word that a backup may be restored although what was written since goes with it. */
export async function acceptLoss(journal: Journal, options: SignOptions): Promise<Finished> {
  const { as: name } = options;
  const reason = reasonFor(options);
  const { loss } = journal.state;
  if (loss === undefined) throw nothingToAccept('nothing would be lost by this run, as far as it is known');
  await journal.record({ type: 'loss.accepted', by: { name }, reason });
  return done([`${name} gives up:`, ...lossInWords(loss)], {
    rows: loss.rows,
    milliseconds: loss.milliseconds,
  });
}

function reasonFor({ answer, reason }: SignOptions): string {
  if (answer !== 'approve') {
    throw new HoldpointError('usage', 'this is accepted, or left open', {
      next: 'Leave out --refuse and --waive; give the release up with `holdpoint rollback`.',
    });
  }
  if (reason.trim() !== '') return reason;
  throw new HoldpointError('usage', 'accepting this needs a reason', { next: 'Give it with --reason TEXT.' });
}

const nothingToAccept = (message: string): HoldpointError =>
  new HoldpointError('conflict', message, { next: 'See what the run waits for with `holdpoint status`.' });
