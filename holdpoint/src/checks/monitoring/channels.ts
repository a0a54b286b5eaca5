import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, notApplicable } from '../verdicts.ts';

const ID = checkId('monitoring.channels');

const Settings = z.strictObject({ channels: z.array(z.string()).default([]) });

/** A check changes nothing, and a test alert would: whether it arrived can only be signed for by a person. */
function judgeChannels(channels: readonly string[]): Evidence {
  if (channels.length === 0) return notApplicable('no alert channel is declared');
  return inconclusive(
    `${channels.length} channels (${channels.join(', ')}) were not tried`,
    'Send a test alert through each, and let a person sign that it arrived.',
  );
}

export const channels: Check = {
  id: ID,
  timeLimit: 5_000,
  run: (subject) => Promise.resolve().then(() => judgeChannels(readSettings(subject, ID, Settings).channels)),
};
