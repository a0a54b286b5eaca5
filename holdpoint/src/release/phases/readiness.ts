import { checkFor } from '../../checks/registry.ts';
import { settles } from '../../kernel/verdict.ts';
import { askForAttestations, attestationRequest, personVerdicts } from '../people.ts';
import { askForWaivers, boundChecks, settleChecks, verdictsOf } from '../settle.ts';
import { endOf, type Phase, waiting } from './phase.ts';

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
    const proven = verdictsOf(context, checks);
    if (!proven.every(settles)) return endOf(proven);
    const open = await askForAttestations(context, 'readiness');
    const said = personVerdicts(context, 'readiness');
    if (open.length > 0 && !said.includes('fail')) {
      const { what, next } = attestationRequest(open);
      return waiting(what, next);
    }
    return endOf([...proven, ...said]);
  },
};
