import { assertUnchanged, findRun } from '../../release/open-run.ts';
import type { ResumeOptions } from '../actions.ts';
import type { Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { persist } from './deploy.ts';
import { finishRun } from './finish.ts';
import { contextOf, inSession } from './session.ts';

/** Goes on with a run from where its log and the world say it stands. */
export function resumeAction(house: House, options: ResumeOptions): Promise<Finished> {
  return inSession(house, options, async (session) => {
    const { project, actor } = session;
    const journal = await findRun(project, options.run, true);
    assertUnchanged(project, journal);
    return session.withLease(`resuming ${journal.state.opened.version}`, async (authority) => {
      session.view.follow(journal);
      if (journal.state.closed === undefined) {
        await journal.record({ type: 'run.resumed', by: actor.name, product: project.product });
      }
      const end = await persist(session, contextOf(session, journal, authority), options.wait === true);
      return finishRun(project, journal, end);
    });
  });
}
