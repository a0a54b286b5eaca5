import { adoptChanges, assertUnchanged } from '../../release/adoption.ts';
import type { Journal } from '../../release/journal.ts';
import { findRun } from '../../release/open-run.ts';
import type { Project } from '../../release/project.ts';
import type { ResumeOptions } from '../actions.ts';
import type { Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { persist } from './deploy.ts';
import { finishRun, isReported } from './finish.ts';
import { contextOf, inSession } from './session.ts';

/** The run that is open, else the newest when it ended before its reports were written. */
async function findUnfinished(project: Project, wanted: string | undefined): Promise<Journal> {
  try {
    return await findRun(project, wanted, true);
  } catch (error) {
    const newest =
      wanted === undefined ? await findRun(project, wanted, false).catch(() => undefined) : undefined;
    if (newest === undefined || (await isReported(project, newest))) throw error;
    return newest;
  }
}

/** Goes on with a run from where its log and the world say it stands. */
export function resumeAction(house: House, options: ResumeOptions): Promise<Finished> {
  return inSession(house, options, async (session) => {
    const { project, actor } = session;
    const found = await findUnfinished(project, options.run);
    if (options.adopt !== true) assertUnchanged(project, found);
    const work = { doing: `resuming ${found.state.opened.version}`, wait: options.wait === true };
    return session.withLease(work, async (authority) => {
      // Whoever held the lease until now may have taken the run further.
      await found.catchUp();
      const context = contextOf(session, found, authority);
      const { journal } = context;
      if (options.adopt === true)
        await adoptChanges(project, journal, { by: actor, reason: options.reason ?? '' });
      else assertUnchanged(project, journal);
      session.view.follow(journal);
      if (journal.state.closed === undefined) {
        await journal.record({ type: 'run.resumed', by: actor.name, product: project.product });
      }
      const end = await persist(session, context, work.wait);
      return finishRun(project, journal, end);
    });
  });
}
