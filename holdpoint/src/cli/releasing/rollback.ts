import { HoldpointError } from '../../kernel/errors.ts';
import { digest } from '../../kernel/ids.ts';
import { wasTouched } from '../../release/failure.ts';
import { findRun } from '../../release/open-run.ts';
import { carryOn } from '../../release/run.ts';
import type { RollbackOptions } from '../actions.ts';
import type { Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { finishRun } from './finish.ts';
import { planBack } from './plan-back.ts';
import { contextOf, inSession } from './session.ts';

/** Takes an open run back by a person's word, or prints what that would do. */
export function rollbackAction(house: House, options: RollbackOptions): Promise<Finished> {
  return inSession(house, options, async (session) => {
    const { project, actor } = session;
    const journal = await findRun(project, options.run, true);
    const { opened, closed } = journal.state;
    if (closed !== undefined) {
      throw new HoldpointError('conflict', `run '${journal.run}' is over: ${closed.outcome}`, {
        next: `Deploy ${opened.from?.version ?? 'the version that you want'} instead.`,
      });
    }
    const { from } = opened;
    if (options.plan === true) {
      if (from === undefined) throw noWayBack();
      return planBack(project, journal, { version: from.version, digest: digest(from.digest) });
    }
    return session.withLease({ doing: `rolling back ${opened.version}` }, async (authority) => {
      await journal.catchUp();
      session.view.follow(journal);
      const context = contextOf(session, journal, authority);
      if (!wasTouched(journal.state)) {
        await context.journal.record({
          type: 'run.closed',
          outcome: 'abandoned',
          summary: `nothing had been changed: ${options.reason ?? ''}`,
        });
        return finishRun(project, journal, {
          kind: 'closed',
          outcome: 'abandoned',
          summary: 'nothing had been changed',
        });
      }
      if (from === undefined) throw noWayBack();
      if (journal.state.rollback === undefined) {
        await context.journal.record({
          type: 'rollback.decided',
          severity: 'critical',
          reason: options.reason ?? '',
          by: actor.name,
        });
      }
      return finishRun(project, journal, await carryOn(context));
    });
  });
}

function noWayBack(): HoldpointError {
  return new HoldpointError('conflict', 'this is the first deployment: there is no version to go back to', {
    next: 'Mend what fails and go on with `holdpoint resume`.',
  });
}
