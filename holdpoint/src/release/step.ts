import type { Json } from '../kernel/canonical.ts';
import { asHoldpointError, explain, type HoldpointError } from '../kernel/errors.ts';
import type { RunContext } from './context.ts';
import type { Fault } from './events.ts';
import type { PhaseName } from './phase-names.ts';

export interface Effect {
  readonly phase: PhaseName;
  readonly name: string;
  readonly title: string;
  /** Does it. May be called again for an effect that was cut off, and must then not do it twice. */
  readonly perform: () => Promise<Done>;
  /** Asks the world whether an effect whose outcome was never recorded stands; undefined when it does not. */
  readonly found?: () => Promise<Done | undefined>;
}

export interface Done {
  readonly summary: string;
  readonly result?: Json;
}

/**
 * Intent, effect, outcome. An effect that is recorded as done is not repeated; one that was intended, or was cut off, is
 * looked for in the world first. Rethrows what the effect threw, after it was recorded.
 */
export async function act({ journal, project, authority }: RunContext, effect: Effect): Promise<Done> {
  const { phase, name: step, title } = effect;
  const known = journal.state.steps.get(step);
  if (known?.status === 'done') {
    return {
      summary: known.summary ?? title,
      ...(known.result === undefined ? {} : { result: known.result as Json }),
    };
  }
  const began = project.clock.now();
  const settle = async (done: Done, found: boolean): Promise<Done> => {
    const milliseconds = project.clock.now() - began;
    await journal.record({
      type: 'step.done',
      phase,
      step,
      milliseconds,
      ...done,
      ...(found ? { found } : {}),
    });
    return done;
  };
  if (known !== undefined && known.status !== 'planned') {
    const done = await effect.found?.();
    if (done !== undefined) return settle(done, true);
  }
  await journal.record({ type: 'step.intended', phase, step, title, fence: authority.fence });
  let done: Done;
  try {
    done = await effect.perform();
  } catch (error) {
    const milliseconds = project.clock.now() - began;
    await journal.record({
      type: 'step.failed',
      phase,
      step,
      fault: faultOf(asHoldpointError(error)),
      milliseconds,
    });
    throw error;
  }
  // Outside of the above: an effect whose outcome cannot be written has not failed, and is looked for on resume.
  return settle(done, false);
}

export function faultOf(error: HoldpointError): Fault {
  const { code, details, next } = error;
  return { code, message: explain(error), details: [...details], ...(next === undefined ? {} : { next }) };
}
