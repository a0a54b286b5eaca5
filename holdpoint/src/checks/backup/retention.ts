import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { pathOf, readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { readStore, type Store } from './store.ts';

const ID = checkId('backup.retention');

const Settings = z.strictObject({
  folder: z.string().default('backups'),
  /** How many are kept. */
  keep: z.coerce.number().int().positive().optional(),
  /** How many there must be at least; a young system has fewer than it keeps. */
  minimum: z.coerce.number().int().positive().default(1),
  /** How far back the oldest must reach. */
  min: duration.optional(),
});

interface Expected {
  readonly keep: number | undefined;
  readonly minimum: number;
  readonly min: number | undefined;
  readonly now: number;
}

/** Beyond `keep`, the newest proven backup stays in any case, so that one more is no surplus. */
function judgeRetention({ keep, minimum, min, now }: Expected, store: Store): Evidence {
  const { backups, unfinished } = store;
  const oldest = backups.at(-1);
  const reach = oldest === undefined ? 0 : Math.max(0, now - oldest.createdAt);
  const most = (keep ?? Number.POSITIVE_INFINITY) + 1;
  const faults = [
    ...(backups.length > most ? [`${backups.length} backups are kept, ${keep} are declared`] : []),
    ...(backups.length < minimum
      ? [`${backups.length} backups are kept, at least ${minimum} are declared`]
      : []),
    ...(min !== undefined && reach < min
      ? [`the oldest backup reaches back ${formatDuration(reach)} of ${formatDuration(min)}`]
      : []),
  ];
  const bounds = keep === undefined ? `at least ${minimum}` : `between ${minimum} and ${keep}`;
  return judgeFaults(
    faults,
    `${backups.length} backups, ${bounds} declared, reaching back ${formatDuration(reach)}`,
    {
      expected: bounds,
      measured: `${backups.length}`,
      ...(unfinished.length === 0 ? {} : { details: unfinished.map((name) => `unfinished: ${name}`) }),
      next: 'Let the retention run, and look whether backups are taken at all.',
    },
  );
}

export const retention: Check = {
  id: ID,
  timeLimit: 10_000,
  run: async (subject, probe) => {
    const { folder, ...declared } = readSettings(subject, ID, Settings);
    if (declared.keep === undefined && declared.min === undefined) {
      return inconclusive('no retention is declared', "Write 'keep' in the check's settings.");
    }
    const store = await readStore(pathOf(subject, folder));
    return judgeRetention(
      { keep: declared.keep, minimum: declared.minimum, min: declared.min, now: probe.clock.now() },
      store,
    );
  },
};
