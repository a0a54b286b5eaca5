import { z } from 'zod';
import type { Check } from '../checks/check.ts';
import { readSettings } from '../checks/settings.ts';
import { fail, judgeFaults } from '../checks/verdicts.ts';
import { formatDuration } from '../kernel/durations.ts';
import { checkId } from '../kernel/ids.ts';
import { duration } from '../kernel/settings.ts';
import { ask } from './ask.ts';
import { publicAddress } from './parts.ts';

const ID = checkId('verify.api');

const apiSettings = z.strictObject({
  /** A path that answers without logging in, or with a known refusal such as 401. */
  path: z.string().startsWith('/'),
  status: z.coerce.number().int().default(200),
  /** The answer's media type begins so. */
  type: z.string().default('application/json'),
  /** A header that must carry the new version, such as `x-app-version`. */
  versionHeader: z.string().toLowerCase().optional(),
  within: duration.default(2_000),
});

/** verify.api: the public API answers as it should, in time, and as the new version where its answers say so. */
export const apiCheck: Check = {
  id: ID,
  timeLimit: 30_000,
  run: async (subject, probe) => {
    const { path, status, type, versionHeader, within } = readSettings(subject, ID, apiSettings);
    const answer = await ask(publicAddress(subject, path), probe);
    const expected = `${status} ${type} within ${formatDuration(within)}`;
    const next = 'Look into the log of the edge, then of the service behind that path.';
    if ('silence' in answer) return fail(`${path}: ${answer.silence}`, { expected, measured: 'none', next });
    const { response } = answer;
    const media = response.headers['content-type'] ?? 'no media type';
    const version = versionHeader === undefined ? subject.version : response.headers[versionHeader];
    const faults = [
      ...(response.status === status ? [] : [`${path} answers ${response.status}, not ${status}`]),
      ...(media.startsWith(type) ? [] : [`${path} answers ${media}, not ${type}`]),
      ...(version === subject.version ? [] : [`${path} is answered by version ${version ?? 'unknown'}`]),
      ...(response.milliseconds <= within ? [] : [`${path} took ${formatDuration(response.milliseconds)}`]),
    ];
    const took = formatDuration(response.milliseconds);
    const measured = `${response.status} ${media} in ${took}`;
    return judgeFaults(faults, `${path} answers ${response.status} in ${took}`, { expected, measured, next });
  },
};
