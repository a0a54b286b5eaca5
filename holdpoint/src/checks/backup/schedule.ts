import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { LOOK_WITHIN, readAll, type Store } from './store.ts';

const ID = checkId('backup.schedule');

const Settings = z.strictObject({
  /** The longest time from one backup to the next. */
  every: duration.optional(),
  folder: z.string().default('backups'),
});

/** A backup takes time itself, so that the next is a tenth late before it counts as missed. */
const GRACE = 1.1;

function judgeSchedule(expected: { readonly every: number; readonly now: number }, store: Store): Evidence {
  const newest = store.backups[0];
  const every = formatDuration(expected.every);
  const next = 'Look why the scheduled backup did not run or did not end.';
  if (newest === undefined) return judgeFaults([`due every ${every}, but there is no backup`], '', { next });
  const age = formatDuration(Math.max(0, expected.now - newest.createdAt));
  const late = expected.now - newest.createdAt > expected.every * GRACE;
  return judgeFaults(
    late ? [`due every ${every}, the last ran ${age} ago`] : [],
    `due every ${every}, the last ran ${age} ago`,
    {
      expected: `one every ${every}`,
      measured: age,
      ...(store.unfinished.length === 0
        ? {}
        : { details: store.unfinished.map((name) => `unfinished: ${name}`) }),
      next,
    },
  );
}

export const schedule: Check = {
  id: ID,
  timeLimit: LOOK_WITHIN,
  run: async (subject, probe) => {
    const { every, folder } = readSettings(subject, ID, Settings);
    if (every === undefined) {
      return inconclusive(
        'no schedule is declared',
        "Write the period under 'every' in the check's settings.",
      );
    }
    return judgeSchedule({ every, now: probe.clock.now() }, await readAll(subject, folder, probe.signal));
  },
};
