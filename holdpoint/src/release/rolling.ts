import type { Revision, TargetStep } from '../targets/target.ts';
import type { RunContext } from './context.ts';
import { act } from './step.ts';

/**
 * Brings the target to one revision and returns how many steps it took. The plan is made from what stands, also after
 * a crash: steps that a former plan has done are not in the new one, since their effect is there already.
 */
export async function roll(context: RunContext, phase: RollingPhase, to: Revision): Promise<number> {
  const { target } = context.project;
  await target.assertAvailable(to);
  return carryOut(context, phase, target.roll(await target.inspect(context.authority.signal), to));
}

/** Stops every replica, so that nothing of the system writes any more; returns how many steps it took. */
export async function halt(context: RunContext, phase: RollingPhase): Promise<number> {
  const { target } = context.project;
  return carryOut(context, phase, target.halt(await target.inspect(context.authority.signal)));
}

type RollingPhase = 'deploy' | 'rollback';

async function carryOut(
  context: RunContext,
  phase: RollingPhase,
  steps: readonly TargetStep[],
): Promise<number> {
  const { project, journal, authority } = context;
  const { target } = project;
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
