import type { Revision, TargetStep } from '../targets/target.ts';
import type { RunContext } from './context.ts';
import { act } from './step.ts';

/**
 * Brings the target to one revision and returns how many steps it took. The plan is made from what stands, also after
 * a crash: steps that a former plan has done are not in the new one, since their effect is there already.
 */
export async function roll(context: RunContext, phase: 'deploy' | 'rollback', to: Revision): Promise<number> {
  const { project, journal, authority } = context;
  const { target } = project;
  await target.assertAvailable(to);
  const steps = target.roll(await target.inspect(authority.signal), to);
  const round = journal.state.plans.filter((plan) => plan.phase === phase).length;
  const name = (step: TargetStep): string => `${phase}/${round}/${step.name}`;
  await journal.record({
    type: 'plan.made',
    phase,
    direction: phase === 'deploy' ? 'forward' : 'back',
    steps: steps.map((step) => ({ name: name(step), title: step.title, action: step.action })),
  });
  for (const step of steps) {
    authority.signal.throwIfAborted();
    await act(context, {
      phase,
      name: name(step),
      title: step.title,
      perform: async () => {
        const { summary, captured = [] } = await target.perform(step, authority);
        return { summary, ...(captured.length === 0 ? {} : { result: { captured } }) };
      },
    });
  }
  return steps.length;
}
