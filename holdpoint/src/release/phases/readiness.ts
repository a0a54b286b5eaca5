import { checkFor } from '../../checks/registry.ts';
import { endWithPeople } from '../people.ts';
import { askForWaivers, boundChecks, settleChecks, verdictsOf } from '../settle.ts';
import type { Phase } from './phase.ts';

/** Proves what must be true before anything is touched. */
export const readiness: Phase = {
  name: 'readiness',
  async run(context) {
    const checks = boundChecks(context, 'readiness');
    await settleChecks(
      context,
      'readiness',
      context.to.version,
      checks.map((id) => checkFor(id)),
    );
    await askForWaivers(context, checks);
    return endWithPeople(context, 'readiness', verdictsOf(context, checks));
  },
};
