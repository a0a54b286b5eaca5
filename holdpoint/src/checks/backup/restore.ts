import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { LOOK_WITHIN, readAll, type Store } from './store.ts';

const ID = checkId('backup.restore');

const Settings = z.strictObject({
  folder: z.string().default('backups'),
  maxAge: duration.default(30 * 86_400_000),
});

function judgeRestore(expected: { readonly maxAge: number; readonly now: number }, store: Store): Evidence {
  const next = 'Restore the newest backup into a scratch server, and read what is in it.';
  if (store.backups.length === 0)
    return inconclusive('there is no backup to restore', 'Take a backup first.');
  const [last] = store.backups
    .flatMap(({ name, proof }) => (proof === undefined ? [] : [{ name, ...proof }]))
    .sort((a, b) => b.at - a.at);
  if (last === undefined) {
    return judgeFaults([`none of ${store.backups.length} backups was ever restored`], '', { next });
  }
  const age = formatDuration(Math.max(0, expected.now - last.at));
  const took = last.restoredInMs === undefined ? '' : ` in ${formatDuration(last.restoredInMs)}`;
  const text = `${last.name} was restored ${age} ago${took}`;
  return judgeFaults(expected.now - last.at > expected.maxAge ? [text] : [], text, {
    expected: `a restore within ${formatDuration(expected.maxAge)}`,
    measured: age,
    next,
  });
}

export const restore: Check = {
  id: ID,
  timeLimit: LOOK_WITHIN,
  run: async (subject, probe) => {
    const { folder, maxAge } = readSettings(subject, ID, Settings);
    return judgeRestore({ maxAge, now: probe.clock.now() }, await readAll(subject, folder, probe.signal));
  },
};
