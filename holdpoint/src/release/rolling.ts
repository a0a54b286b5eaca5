import type { Revision, TargetStep, Widening } from '../targets/target.ts';
import type { RunContext } from './context.ts';
import type { Waiting } from './phases/phase.ts';
import { act } from './step.ts';
import type { HoldPoint } from './widening.ts';

/**
 * Brings the target to one revision and returns how many steps it took. The plan is made from what stands, also after
 * a crash: steps that a former plan has done are not in the new one, since their effect is there already.
 */
export async function roll(context: RunContext, phase: RollingPhase, to: Revision): Promise<number> {
  const { target } = context.project;
  await target.assertAvailable(to);
  const steps = target.roll(await target.inspect(context.authority.signal), to);
  await carryOut(context, phase, steps);
  return steps.length;
}

/**
 * As `roll`, asking before each step that widens whether it may be taken. Replicas may have died while that was waited
 * for, so that what is left is then planned anew where it has changed.
 */
export async function rollInSteps(
  context: RunContext,
  to: Revision,
  hold: HoldPoint,
): Promise<{ readonly kind: 'done'; readonly steps: number } | Waiting> {
  const { target } = context.project;
  await target.assertAvailable(to);
  const plan = async () => target.roll(await target.inspect(context.authority.signal), to);
  let taken = 0;
  for (let steps = await plan(); ; ) {
    let newer: readonly TargetStep[] | undefined;
    const end = await carryOut(context, 'deploy', steps, async (widening, rest) => {
      const held = await hold(widening);
      if (held.kind === 'waiting' || !held.waited) return held;
      newer = await plan();
      return newer.map(({ name }) => name).join() === rest.map(({ name }) => name).join()
        ? held
        : { kind: 'plan anew' };
    });
    taken += end.taken;
    if (end.stopped === undefined) return { kind: 'done', steps: taken };
    if (end.stopped.kind === 'waiting') return end.stopped;
    steps = newer ?? (await plan());
  }
}

/** Stops every replica, so that nothing of the system writes any more; returns how many steps it took. */
export async function halt(context: RunContext, phase: RollingPhase): Promise<number> {
  const { target } = context.project;
  const steps = target.halt(await target.inspect(context.authority.signal));
  await carryOut(context, phase, steps);
  return steps.length;
}

/** Nothing of the system may run while the schema changes, where a target recreates. */
type RollingPhase = 'migrate' | 'deploy' | 'rollback';

/** Whether a step stops a replica so that the schema can be changed. */
export const isHalt = (step: string): boolean => /^migrate\/\d+\//.test(step);

type Stop = Waiting | { readonly kind: 'plan anew' };

/** Says whether a step that widens may be taken now; `rest` are the steps from that one on. */
type Ask = (widening: Widening, rest: readonly TargetStep[]) => Promise<{ readonly kind: 'go on' } | Stop>;

async function carryOut(
  context: RunContext,
  phase: RollingPhase,
  steps: readonly TargetStep[],
  ask?: Ask,
): Promise<{ readonly taken: number; readonly stopped?: Stop }> {
  const { project, journal, authority } = context;
  const { target } = project;
  const round = journal.state.plans.filter((plan) => plan.phase === phase).length;
  const name = (step: TargetStep): string => `${phase}/${round}/${step.name}`;
  await journal.record({
    type: 'plan.made',
    phase,
    direction: phase === 'rollback' ? 'back' : 'forward',
    steps: steps.map((step) => ({ name: name(step), title: step.title, action: step.action })),
  });
  for (const [taken, step] of steps.entries()) {
    authority.signal.throwIfAborted();
    if (ask !== undefined && step.widens !== undefined) {
      const answer = await ask(step.widens, steps.slice(taken));
      if (answer.kind !== 'go on') return { taken, stopped: answer };
      authority.signal.throwIfAborted();
    }
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
  return { taken: steps.length };
}
