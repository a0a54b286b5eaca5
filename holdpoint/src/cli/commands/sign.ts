import type { Command } from 'commander';
import { HoldpointError } from '../../kernel/errors.ts';
import type { SignOptions } from '../actions.ts';
import { type Cli, describe } from '../command.ts';
import type { CommonOptions } from '../finished.ts';
import { calendarDay, span } from '../instant.ts';

interface Given extends CommonOptions {
  readonly run?: string;
  readonly reason?: string;
  readonly refuse?: boolean;
  readonly waive?: boolean;
  readonly until?: string;
  readonly loss?: number;
}

/** `holdpoint sign WHAT`. */
export function signCommand({ house, running }: Cli): Command {
  return describe({
    name: 'sign',
    summary: 'attest an item, waive a check, or sign the release',
    description:
      'Answers by name, in the log, with the hash of what was seen. WHAT is deployer, reviewer or approver for the ' +
      'release as a whole; the id of a checklist item that a person answers for; or with --waive the id of a check. ' +
      'way-back lets a release go forward that cannot come back by its code alone; loss lets a backup be restored ' +
      'although rows were written since.',
    examples: [
      'holdpoint sign approver --as Linus',
      "holdpoint sign reviewer --as Grace --refuse --reason 'the changelog is empty'",
      "holdpoint sign code.tag --as Linus --waive --reason 'tagged by hand' --until 2026-03-01",
      "holdpoint sign way-back --as Linus --reason 'the column has to go' --loss 10m",
      "holdpoint sign loss --as Linus --reason 'twelve test rows'",
    ],
    statuses: [0],
  })
    .argument('<what>', 'deployer, reviewer, approver, way-back, loss, an item, or a check')
    .option('--run <id>', 'the run (default: the newest)')
    .option('--reason <text>', 'a note; needed for a refusal and a waiver')
    .option('--refuse', 'refuse instead of approving')
    .option('--waive', 'let the release go on without the proof of this check')
    .option('--until <day>', 'last day on which the waiver counts, such as 2026-03-01', calendarDay)
    .option('--loss <time>', 'of way-back: writes of this long may be lost without a second word', span)
    .action(
      running<Given>(async (options, [what = '']) => {
        const signing = signOptions(options, what, house.now());
        const actions = await house.loadActions();
        return await actions.sign(signing);
      }),
    );
}

/** What was asked for, once it is complete; throws `usage` otherwise. */
function signOptions(given: Given, what: string, now: number): SignOptions {
  const { refuse = false, waive = false, reason = '', as = '', until, loss, ...rest } = given;
  if (as.trim() === '') throw usage('a signature needs a name', 'Give it with --as NAME.');
  if (refuse && waive) throw usage('a check is either refused or waived', 'Leave out --refuse or --waive.');
  if ((refuse || waive) && reason.trim() === '') {
    throw usage(`a ${refuse ? 'refusal' : 'waiver'} needs a reason`, 'Give it with --reason TEXT.');
  }
  if (waive && until === undefined) {
    throw usage('a waiver needs an end', 'Give its last day with --until, such as --until 2026-03-01.');
  }
  if (!waive && until !== undefined)
    throw usage('only a waiver has an end', 'Add --waive, or leave out --until.');
  if (until !== undefined && until < new Date(now).toISOString().slice(0, 10)) {
    throw usage(`the waiver would have ended on ${until}`, 'Name a day that is still to come.');
  }
  if (loss !== undefined && what !== 'way-back')
    throw usage('only a way back has a loss that is accepted beforehand', 'Leave out --loss.');
  const answer = refuse ? 'refuse' : waive ? 'waive' : 'approve';
  return {
    ...{ ...rest, what, as, answer, reason },
    ...(until === undefined ? {} : { until }),
    ...(loss === undefined ? {} : { lossLimit: loss }),
  };
}

const usage = (message: string, next: string) => new HoldpointError('usage', message, { next });
