import type { Guard } from '../guard.ts';
import { rollInSteps } from '../rolling.ts';
import { holdPoint } from '../widening.ts';
import { type Phase, settled } from './phase.ts';

/** Replaces the old revision by the new one, replica by replica, as far as the watch has shown it to be good. */
export function deployPhase(guard: Pick<Guard, 'latest' | 'nextLook' | 'result'>): Phase {
  return {
    name: 'deploy',
    async run(context) {
      const rolled = await rollInSteps(context, context.to, holdPoint(context, guard));
      if (rolled.kind === 'waiting') return rolled;
      return settled('pass', `${context.to.version} serves alone after ${rolled.steps} steps`);
    },
  };
}
