import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { instant, readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('monitoring.oncall');

const Settings = z.strictObject({
  /** A shift lasts from `from` until just before `to`. */
  schedule: z
    .array(
      z
        .strictObject({ name: z.string(), contact: z.string().default(''), from: instant, to: instant })
        .refine(({ from, to }) => from < to, 'ends before it begins'),
    )
    .default([]),
});
type Shift = z.output<typeof Settings>['schedule'][number];

function judgeOncall(now: number, schedule: readonly Shift[]): Evidence {
  if (schedule.length === 0) {
    return inconclusive('no rota is declared', "Write it under 'schedule' in the check's settings.");
  }
  const on = schedule.filter(({ from, to }) => from <= now && now < to);
  const next = 'Put somebody with a way to reach them on the rota for now.';
  const named = on.filter(({ name }) => name.trim() !== '');
  const reachable = named.filter(({ contact }) => contact.trim() !== '');
  const [one] = reachable;
  if (one === undefined) {
    const [silent] = named;
    const why =
      silent === undefined ? 'nobody is on call now' : `${silent.name} is on call, without a contact`;
    return judgeFaults([why], '', { next });
  }
  return judgeFaults([], `${one.name} (${one.contact}) is on call for ${formatDuration(one.to - now)} more`);
}

export const oncall: Check = {
  id: ID,
  timeLimit: 5_000,
  run: (subject, probe) =>
    Promise.resolve().then(() =>
      judgeOncall(probe.clock.now(), readSettings(subject, ID, Settings).schedule),
    ),
};
