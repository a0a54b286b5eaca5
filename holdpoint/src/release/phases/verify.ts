import { settles } from '../../kernel/verdict.ts';
import { journeyEvidence } from '../../smoke/report.ts';
import type { Revision } from '../../targets/target.ts';
import { verifyChecks } from '../../verify/checks.ts';
import type { RunContext } from '../context.ts';
import { evidenceKey } from '../evidence-key.ts';
import { runNamedJourney } from '../journeys.ts';
import { endWithPeople } from '../people.ts';
import type { PhaseName } from '../phase-names.ts';
import { askForWaivers, boundChecks, settleChecks, verdictsOf } from '../settle.ts';
import { endOf, type Phase, type PhaseEnd } from './phase.ts';

/** Asks the running system whether it is what was deployed: always all ten questions, whatever the checklist names. */
export const verify: Phase = {
  name: 'verify',
  run: (context) => verifyRevision(context, 'verify', context.to),
};

/** The same questions about any revision; the way back asks them of the old one. */
export async function verifyRevision(
  context: RunContext,
  phase: PhaseName,
  revision: Revision,
): Promise<PhaseEnd> {
  const { project } = context;
  const checks = verifyChecks({
    target: project.target,
    revision,
    runJourney: async (id, _subject, probe) =>
      journeyEvidence(await runNamedJourney(project, id, probe.signal)),
  });
  await settleChecks(context, phase, revision.version, checks);
  const keys = checks.map(({ id }) => evidenceKey(phase, id));
  await askForWaivers(context, keys);
  const bound = new Set(boundChecks(context, 'verify'));
  const verdicts = verdictsOf(context, keys);
  // What the checklist does not ask for and could not be measured is shown, and holds nothing up.
  const counting = verdicts.filter((verdict, index) => {
    const id = checks[index]?.id;
    return verdict === 'fail' || settles(verdict) || (id !== undefined && bound.has(id));
  });
  // On the way back nobody is waited for.
  return phase === 'verify' ? endWithPeople(context, phase, counting) : endOf(counting);
}
