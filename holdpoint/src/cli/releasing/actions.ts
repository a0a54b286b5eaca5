import type { Actions } from '../actions.ts';
import type { House } from '../house.ts';
import { checkAction } from './check.ts';
import { deployAction } from './deploy.ts';
import { planAction } from './plan.ts';
import { resumeAction } from './resume.ts';
import { rollbackAction } from './rollback.ts';
import { signAction } from './sign.ts';
import { smokeAction } from './smoke.ts';

/** What runs a release, for the commands. */
export function releaseActions(house: House): Actions {
  return {
    check: (options) => checkAction(house, options),
    smoke: (options) => smokeAction(house, options),
    plan: (options) => planAction(house, options),
    deploy: (options) => deployAction(house, options),
    resume: (options) => resumeAction(house, options),
    rollback: (options) => rollbackAction(house, options),
    sign: (options) => signAction(house, options),
  };
}
