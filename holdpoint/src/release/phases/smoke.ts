import { inconclusive } from '../../checks/verdicts.ts';
import { explain } from '../../kernel/errors.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { settles } from '../../kernel/verdict.ts';
import { journeyEvidence, type StepReport } from '../../smoke/report.ts';
import type { RunContext } from '../context.ts';
import { runDeclaredJourney } from '../journeys.ts';
import { endWithPeople } from '../people.ts';
import { askForWaivers, asRecord, boundChecks, verdictsOf } from '../settle.ts';
import { evidenceOf } from '../state.ts';
import type { Phase } from './phase.ts';

/** Uses the system as its users do. Journeys run one after the other: they share the rate limits of one client. */
export const smoke: Phase = {
  name: 'smoke',
  async run(context) {
    const { project, journal, authority } = context;
    const asked = new Set<string>(boundChecks(context, 'smoke'));
    for (const journey of project.journeys) {
      asked.add(journey.id);
      const known = evidenceOf(journal.state, journey.id);
      if (known !== undefined && settles(known.verdict)) continue;
      const began = project.clock.now();
      const { evidence, steps } = await walk(context, journey);
      authority.signal.throwIfAborted();
      await journal.record({
        type: 'check.settled',
        phase: 'smoke',
        check: journey.id,
        evidence: asRecord(evidence),
        milliseconds: project.clock.now() - began,
        steps: steps.map(({ name, verdict, milliseconds, summary }) => ({
          name,
          verdict,
          milliseconds,
          summary,
        })),
      });
    }
    for (const id of asked) {
      if (journal.state.checks.has(id)) continue;
      const missing = inconclusive(`no journey '${id}' is declared`, "Add the journey under 'journeys'.");
      await journal.record({
        type: 'check.settled',
        phase: 'smoke',
        check: id,
        evidence: asRecord(missing),
        milliseconds: 0,
      });
    }
    await askForWaivers(context, [...asked]);
    return endWithPeople(context, 'smoke', verdictsOf(context, [...asked]));
  },
};

async function walk(
  { project, authority }: RunContext,
  journey: RunContext['project']['journeys'][number],
): Promise<{ evidence: Evidence; steps: readonly StepReport[] }> {
  try {
    const report = await runDeclaredJourney(project, journey, authority.signal);
    return { evidence: journeyEvidence(report), steps: report.attempts.at(-1)?.steps ?? [] };
  } catch (error) {
    authority.signal.throwIfAborted();
    return { evidence: { verdict: 'error', summary: explain(error) }, steps: [] };
  }
}
