import { databaseWayOf } from '../../release/database-back.ts';
import type { Journal } from '../../release/journal.ts';
import { lossNow } from '../../release/loss.ts';
import type { Project } from '../../release/project.ts';
import { wayBackInWords } from '../../release/way-back-words.ts';
import { rollbackPlan } from '../../rollback/plan.ts';
import type { Revision } from '../../targets/target.ts';
import { done, type Finished } from '../finished.ts';

/** Milliseconds that a server may take to say what was written since the backup. */
const LOSS_WITHIN = 30_000;

/** What going back would do now, in its order. Looks at the system and changes nothing. */
export async function planBack(project: Project, { state }: Journal, from: Revision): Promise<Finished> {
  const { target, notifiers } = project;
  const world = await target.inspect();
  const database = databaseWayOf(state);
  const halts = database.kind === 'restore' || database.kind === 'migrate down';
  const halted = halts ? target.halt(world) : [];
  const after = halts ? { ...world, replicas: [] } : world;
  const steps = target.roll(after, from);
  const loss =
    database.kind === 'restore'
      ? await lossNow(project, state, database.backup, AbortSignal.timeout(LOSS_WITHIN))
      : undefined;
  const stages = rollbackPlan({
    from: state.opened.version,
    to: from.version,
    database,
    loss,
    halt: halted.map(({ title }) => title),
    code: steps.map(({ title }) => title),
    notified: notifiers.map(({ name }) => name),
  });
  const known = state.wayBack === undefined ? [] : [wayBackInWords(state.wayBack), ''];
  return done(
    [
      ...known,
      ...stages.flatMap(({ title, details }, index) => [
        `${index + 1}. ${title}`,
        ...details.map((detail) => `   - ${detail}`),
      ]),
    ],
    {
      wayBack: state.wayBack?.kind ?? null,
      database: { ...database },
      stages: stages.map(({ title, details }) => ({ title, details: [...details] })),
      steps: steps.map(({ name, title }) => ({ name, title })),
    },
  );
}
