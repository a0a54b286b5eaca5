import { dueTimes, type RunContext } from './context.ts';
import { PHASE_TITLES, type PhaseName } from './phase-names.ts';
import { type PhaseEnd, waiting } from './phases/phase.ts';

/** Milliseconds that a run stays in the foreground for a phase that is not yet due. */
const PATIENCE = 4 * 3_600_000;

/**
 * Waits until a phase is due. Phases before the deployment are done at once when they are called for: their times say
 * when they should be begun at the latest. What is due much later is left to `resume`.
 */
export async function awaitDue(
  { project, journal, authority }: RunContext,
  phase: PhaseName,
): Promise<PhaseEnd | undefined> {
  const { deployedAt } = journal.state;
  if (deployedAt === undefined || phase === 'deploy' || phase === 'watch') return undefined;
  const offset = dueTimes(project.specification)[phase] * project.specification.timeScale;
  const remaining = deployedAt + offset - project.clock.now();
  if (remaining > PATIENCE) {
    const when = new Date(deployedAt + offset).toISOString();
    return waiting([`${PHASE_TITLES[phase]} is due at ${when}`], `Run \`holdpoint resume\` at ${when}.`);
  }
  if (remaining > 0) await project.clock.wait(remaining, authority.signal);
  return undefined;
}
