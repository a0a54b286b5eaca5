import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { LOOK_WITHIN, newestProven, readAll, type Store } from './store.ts';

const ID = checkId('backup.objectives');

const Settings = z.strictObject({
  folder: z.string().default('backups'),
  /** Recovery time objective: the longest that a restore may take. */
  rto: duration.optional(),
  /** Recovery point objective: the most, in time, that may be lost. */
  rpo: duration.optional(),
});

interface Expected {
  readonly rto: number;
  readonly rpo: number;
  readonly now: number;
}

function judgeObjectives({ rto, rpo, now }: Expected, store: Store): Evidence {
  const proven = newestProven(store);
  const took = proven?.proof?.restoredInMs;
  if (proven === undefined || took === undefined) {
    return inconclusive(
      'no restore was measured',
      'Prove the newest backup by restoring it, and check again.',
    );
  }
  // Only a backup that was proven counts: what a copy holds that nobody read back may be lost as well.
  const loss = Math.max(0, now - proven.createdAt);
  const times = `restored in ${formatDuration(took)} of ${formatDuration(rto)}`;
  const points = `at most ${formatDuration(loss)} of ${formatDuration(rpo)} lost`;
  const faults = [...(took > rto ? [times] : []), ...(loss > rpo ? [points] : [])];
  return judgeFaults(faults, `${times}, ${points}`, {
    expected: `RTO ${formatDuration(rto)}, RPO ${formatDuration(rpo)}`,
    measured: `${formatDuration(took)}, ${formatDuration(loss)}`,
    next: 'Back up more often, make the restore faster, or declare objectives that can be kept.',
  });
}

export const objectives: Check = {
  id: ID,
  timeLimit: LOOK_WITHIN,
  run: async (subject, probe) => {
    const { folder, rto, rpo } = readSettings(subject, ID, Settings);
    if (rto === undefined || rpo === undefined) {
      return inconclusive(
        'RTO and RPO are not both declared',
        "Write 'rto' and 'rpo' in the check's settings.",
      );
    }
    return judgeObjectives(
      { rto, rpo, now: probe.clock.now() },
      await readAll(subject, folder, probe.signal),
    );
  },
};
