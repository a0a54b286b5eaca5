import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { LOOK_WITHIN, readAll, type Store } from '../backup/store.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { judgeFaults } from '../verdicts.ts';

const ID = checkId('database.backup');

const Settings = z.strictObject({
  folder: z.string().default('backups'),
  maxAge: duration.default(24 * 3_600_000),
});

function judgeNewestBackup(
  expected: { readonly maxAge: number; readonly now: number },
  store: Store,
): Evidence {
  const newest = store.backups.find(({ proof }) => proof !== undefined);
  const unproven = store.backups.filter(({ proof }) => proof === undefined).length;
  const next = 'Take a backup and let it be read back, then check again.';
  const limit = `a backup that was read back, not older than ${formatDuration(expected.maxAge)}`;
  if (newest === undefined) {
    const others = unproven === 0 ? '' : `, only ${unproven} that nobody read back`;
    return judgeFaults([`there is no verified backup${others}`], '', { expected: limit, next });
  }
  const age = formatDuration(Math.max(0, expected.now - newest.createdAt));
  const tooOld = expected.now - newest.createdAt > expected.maxAge;
  return judgeFaults(
    tooOld ? [`the newest verified backup ${newest.name} is ${age} old`] : [],
    `${newest.name}, ${age} old, was read back`,
    { expected: limit, measured: age, next },
  );
}

export const backup: Check = {
  id: ID,
  timeLimit: LOOK_WITHIN,
  run: async (subject, probe) => {
    const { folder, maxAge } = readSettings(subject, ID, Settings);
    const store = await readAll(subject, folder, probe.signal, ({ database }) => database);
    return judgeNewestBackup({ maxAge, now: probe.clock.now() }, store);
  },
};
