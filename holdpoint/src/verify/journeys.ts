import { z } from 'zod';
import type { Check } from '../checks/check.ts';
import { readSettings } from '../checks/settings.ts';
import { checkId } from '../kernel/ids.ts';
import type { VerifyParts } from './parts.ts';

/** Which journey proves the item. */
const loginSettings = z.strictObject({ journey: z.string().default('smoke.login') });
const jobsSettings = z.strictObject({ journey: z.string().default('smoke.job') });

const LOGIN = checkId('verify.login');
const JOBS = checkId('verify.jobs');

/** verify.login: a known user is let in, as the journey says. */
export function loginCheck({ runJourney }: VerifyParts): Check {
  return {
    id: LOGIN,
    timeLimit: 180_000,
    run: async (subject, probe) =>
      await runJourney(readSettings(subject, LOGIN, loginSettings).journey, subject, probe),
  };
}

/** verify.jobs: a job that is put in comes out done, as the journey says. */
export function jobsCheck({ runJourney }: VerifyParts): Check {
  return {
    id: JOBS,
    timeLimit: 180_000,
    run: async (subject, probe) =>
      await runJourney(readSettings(subject, JOBS, jobsSettings).journey, subject, probe),
  };
}
