import { dueTimes, type RunContext } from './context.ts';
import { PHASE_TITLES, type PhaseName } from './phase-names.ts';
import { recordWait, type Waiting, waiting } from './phases/phase.ts';

/** Milliseconds that a run stays in the foreground for a phase that is not yet due. */
const PATIENCE = 4 * 3_600_000;

/**
 * Waits until a phase is due. Preparations are made at once when they are called for: their times say when they should
 * be begun at the latest. The first change waits for the start that was planned; what is due much later is left to
 * `resume`.
 */
export async function awaitDue(context: RunContext, phase: PhaseName): Promise<Waiting | undefined> {
  const { clock } = context.project;
  const at = dueAt(context, phase);
  if (at === undefined) return undefined;
  const remaining = at - clock.now();
  if (remaining > PATIENCE) {
    const when = new Date(at).toISOString();
    const end = waiting([`${PHASE_TITLES[phase]} is due at ${when}`], `Run \`holdpoint resume\` at ${when}.`);
    await recordWait(context, phase, end);
    return end;
  }
  if (remaining > 0) await clock.wait(remaining, context.authority.signal);
  return undefined;
}

function dueAt({ project, journal }: RunContext, phase: PhaseName): number | undefined {
  const { deployedAt, opened } = journal.state;
  if (phase === 'migrate' || phase === 'deploy')
    return deployedAt === undefined ? opened.startsAt : undefined;
  // The watch runs since the deployment; its phase only waits for the end of it.
  if (deployedAt === undefined || phase === 'watch') return undefined;
  return deployedAt + dueTimes(project.specification)[phase] * opened.timeScale;
}
