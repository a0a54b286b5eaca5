import { EXIT, explain, HoldpointError } from '../../kernel/errors.ts';
import { combine, type Evidence, settles } from '../../kernel/verdict.ts';
import { runNamedJourney } from '../../release/journeys.ts';
import { tally } from '../../release/phases/phase.ts';
import type { Project } from '../../release/project.ts';
import { journeyEvidence } from '../../smoke/report.ts';
import type { SmokeOptions } from '../actions.ts';
import type { Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { coloured, mark, plain } from '../live/lines.ts';
import { inSession } from './session.ts';

/** Walks journeys and changes nothing but what they do themselves, not even a run. */
export function smokeAction(house: House, options: SmokeOptions): Promise<Finished> {
  return inSession(house, options, async ({ project }) => {
    const wanted = options.only ?? project.journeys.map(({ id }): string => id);
    if (wanted.length === 0) {
      throw new HoldpointError('evidence-missing', 'no journeys are declared, so nothing was tried', {
        next: "Write one, and name its file under 'journeys' in the specification.",
      });
    }
    const paint = house.isTerminal ? coloured : plain;
    const journeys: { readonly journey: string; readonly evidence: Evidence }[] = [];
    // One after the other: they share the rate limits of one client.
    for (const journey of wanted) {
      const evidence = await walk(project, journey, house.interrupted);
      journeys.push({ journey, evidence });
      if (options.json === true) continue;
      house.print(`${mark(evidence.verdict, paint)} ${journey} ${evidence.verdict}: ${evidence.summary}`);
      for (const detail of evidence.details ?? []) house.print(`      ${detail}`);
    }
    const verdicts = journeys.map(({ evidence }) => evidence.verdict);
    const all = combine(verdicts);
    const status = settles(all) ? 0 : all === 'fail' ? EXIT['check-failed'] : EXIT['evidence-missing'];
    const told = journeys.map(({ journey, evidence }) => {
      return { journey, ...evidence, details: [...(evidence.details ?? [])] };
    });
    return { status, lines: [tally(verdicts)], result: { journeys: told, verdict: all } };
  });
}

async function walk(project: Project, journey: string, signal: AbortSignal): Promise<Evidence> {
  try {
    return journeyEvidence(await runNamedJourney(project, journey, signal));
  } catch (error) {
    signal.throwIfAborted();
    // A misspelt name or a missing address is the caller's to mend; all else is a probe that broke.
    if (error instanceof HoldpointError && /^(not-found|configuration)$/.test(error.code)) throw error;
    return { verdict: 'error', summary: explain(error) };
  }
}
