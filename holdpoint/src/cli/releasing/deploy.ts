import { HoldpointError } from '../../kernel/errors.ts';
import type { RunContext } from '../../release/context.ts';
import type { Journal } from '../../release/journal.ts';
import { findRun, openRun } from '../../release/open-run.ts';
import { carryOn, type RunEnd } from '../../release/run.ts';
import { newRunId } from '../../release/run-id.ts';
import type { DeployOptions } from '../actions.ts';
import type { Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { finishRun } from './finish.ts';
import { contextOf, inSession, type Session } from './session.ts';

/** Opens a run of a version and takes it as far as it goes. */
export function deployAction(house: House, options: DeployOptions): Promise<Finished> {
  return inSession(house, options, (session) =>
    session.withLease(
      { doing: `deploying ${options.version}`, wait: options.wait === true },
      async (authority) => {
        const { project } = session;
        await assertNoneOpen(session);
        if (!(await confirmed(house, session, options))) {
          throw new HoldpointError('cancelled', 'nothing was deployed', {
            next: 'Look at the plan with `holdpoint plan`.',
          });
        }
        const journal = await openRun(
          project,
          newRunId(project.clock.now(), options.version, project.unique()),
          {
            version: options.version,
            by: session.actor,
            startsAt: options.at,
          },
          authority.fence,
        );
        session.view.follow(journal);
        const end = await persist(session, contextOf(session, journal, authority), options.wait === true);
        return finishRun(project, journal, end);
      },
    ),
  );
}

/** Carries a run on; with `wait`, again and again until it neither waits for a time nor for a person. */
export async function persist(session: Session, context: RunContext, wait: boolean): Promise<RunEnd> {
  for (;;) {
    const end = await carryOn(context, session.view.onDecision);
    if (end.kind !== 'waiting' || !wait) return end;
    await context.project.clock.wait(ANSWER_INTERVAL, context.authority.signal);
    await context.journal.catchUp();
  }
}

/** Milliseconds between two looks whether somebody has answered. */
const ANSWER_INTERVAL = 2_000;

async function assertNoneOpen({ project }: Session): Promise<void> {
  const open = await findRun(project, undefined, true).catch((error: unknown) => {
    if (error instanceof HoldpointError && error.code === 'not-found') return undefined;
    throw error;
  });
  if (open !== undefined && open.state.promoted === undefined) throw stillOpen(open);
}

function stillOpen({ run, state }: Journal): HoldpointError {
  return new HoldpointError('conflict', `run '${run}' of ${state.opened.version} is still open`, {
    next: 'Go on with `holdpoint resume`, or end it with `holdpoint rollback`.',
  });
}

async function confirmed(house: House, session: Session, options: DeployOptions): Promise<boolean> {
  const { yes, demo, json } = options;
  if (yes === true || demo !== undefined || json === true || !house.isTerminal) return true;
  const { confirm } = await import('@clack/prompts');
  const { name, environment } = session.project.specification;
  return (await confirm({ message: `Deploy ${name} ${options.version} to ${environment}?` })) === true;
}
