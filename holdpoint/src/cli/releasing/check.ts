import { CHECKS, findProbe } from '../../checks/catalog.ts';
import { checkFor } from '../../checks/registry.ts';
import { runChecks } from '../../checks/runner.ts';
import { EXIT, HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import { nearest } from '../../kernel/nearest.ts';
import { combine, settles } from '../../kernel/verdict.ts';
import { assertAsks } from '../../release/open-run.ts';
import { tally } from '../../release/phases/phase.ts';
import { subjectOf } from '../../release/subject.ts';
import type { CheckOptions } from '../actions.ts';
import type { Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { coloured, mark, plain } from '../live/lines.ts';
import { inSession } from './session.ts';

/** Asks the readiness checks and changes nothing, not even a run. */
export function checkAction(house: House, options: CheckOptions): Promise<Finished> {
  return inSession(house, options, async ({ project }) => {
    assertAsks(project);
    await project.target.resolve(options.version);
    const bound = project.checklist.parsed.items.flatMap(({ binding }) =>
      binding?.kind === 'check' && findProbe(binding.check)?.stage === 'readiness' ? [binding.check] : [],
    );
    const wanted = options.only?.map((id) => known(id)) ?? [...new Set(bound)];
    const subject = await subjectOf(project, options.version, await project.target.inspect());
    const paint = house.isTerminal ? coloured : plain;
    const settled = await runChecks(wanted.map(checkFor), subject, project, {
      signal: house.interrupted,
      onSettled: ({ check, evidence }) => {
        if (options.json === true) return;
        const next =
          evidence.next === undefined || settles(evidence.verdict) ? [] : [`      ${evidence.next}`];
        house.print(
          [
            `${mark(evidence.verdict, paint)} ${check} ${evidence.verdict}: ${evidence.summary}`,
            ...next,
          ].join('\n'),
        );
      },
    });
    const verdicts = [...settled.values()].map(({ evidence }) => evidence.verdict);
    const all = combine(verdicts);
    const status = settles(all) ? 0 : all === 'fail' ? EXIT['check-failed'] : EXIT['evidence-missing'];
    const checks = [...settled.values()].map(({ check, evidence, milliseconds }) => ({
      check,
      milliseconds,
      ...evidence,
      details: [...(evidence.details ?? [])],
    }));
    return { status, lines: [tally(verdicts)], result: { checks, verdict: all } };
  });
}

function known(id: string): ReturnType<typeof checkId> {
  if (findProbe(id)?.stage === 'readiness') return checkId(id);
  const meant = nearest(
    id,
    CHECKS.map((check) => check.id),
  );
  throw new HoldpointError('usage', `there is no readiness check '${id}'`, {
    next: meant === undefined ? '`holdpoint bind --catalogue` lists them.' : `Did you mean '${meant}'?`,
  });
}
