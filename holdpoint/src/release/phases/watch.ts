import { checkFor } from '../../checks/registry.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { watchCheckFor } from '../../watch/checks.ts';
import type { Decision, Standing } from '../../watch/gate/decide.ts';
import type { Objective } from '../../watch/objective.ts';
import type { WatchResult } from '../../watch/watch.ts';
import { metricInWords } from '../../watch/words.ts';
import type { RunContext } from '../context.ts';
import { endWithPeople } from '../people.ts';
import { askForWaivers, boundChecks, recordEvidence, settleChecks, verdictsOf } from '../settle.ts';
import { watchedObjectives } from '../watching.ts';
import { type Phase, type PhaseEnd, settled, waiting } from './phase.ts';

/** Waits for the watch that has been running since the first new replica, and settles its items by what it saw. */
export function watchPhase(result: Promise<WatchResult>): Phase {
  return {
    name: 'watch',
    async run(context) {
      const { decision, verdict, reason, perMetric } = await result;
      const { journal, project } = context;
      await recordDecision(context, { verdict, reason, perMetric });
      const objectives = watchedObjectives(project);
      const keys: string[] = [];
      for (const [index, standing] of decision.objectives.entries()) {
        const objective = objectives[index];
        if (objective === undefined) continue;
        const id = `watch.${objective.id}`;
        keys.push(id);
        // The window is over: what was said of it stands, however often the run is resumed.
        if (journal.state.checks.has(id)) continue;
        await recordEvidence(context, 'watch', id, evidenceOf(standing, objective, decision), 0);
      }
      const others = boundChecks(context, 'watch').filter((id) => !keys.includes(id));
      await settleChecks(
        context,
        'watch',
        context.to.version,
        others.map((id) => watchCheckFor(id, checkFor)),
      );
      await askForWaivers(context, [...keys, ...others]);
      const undecided = keys.filter((_, index) => verdictsOf(context, keys)[index] === 'inconclusive');
      if (undecided.length > 0) return notShown(context, undecided);
      const end = await endWithPeople(context, 'watch', verdictsOf(context, [...keys, ...others]));
      return end.kind === 'settled' ? settled(end.verdict, `${reason}; ${end.summary}`) : end;
    },
  };
}

/** Too little was seen to call it good, and nothing to call it bad: neither promoted nor taken back without a person. */
function notShown({ journal }: RunContext, undecided: readonly string[]): PhaseEnd {
  const what = undecided.map((id) => {
    const { summary, next } = journal.state.checks.get(id)?.evidence ?? {
      summary: 'nothing was seen',
      next: undefined,
    };
    return [`${id} is undecided: ${summary}`, next].join('. ');
  });
  return waiting(
    what,
    `Answer for it with \`holdpoint sign ${undecided[0]} --waive --reason TEXT --until DAY --as NAME\` and go on with \`holdpoint resume\`, or take it back with \`holdpoint rollback\`.`,
  );
}

export async function recordDecision(
  { journal }: RunContext,
  { verdict, reason, perMetric }: Pick<WatchResult, 'verdict' | 'reason' | 'perMetric'>,
): Promise<void> {
  if (journal.state.watch.decided !== undefined) return;
  await journal.record({ type: 'watch.decided', verdict, reason, details: [...perMetric] });
}

/** One objective's item. What was never shown to be kept is not passed, however long it was watched. */
function evidenceOf(standing: Standing, objective: Objective, decision: Decision): Evidence {
  const { rule, tally, settledAt, stale, logBad, age } = standing;
  const summary = metricInWords(standing, objective);
  const unseen = rule.kind === 'freshness' ? age === undefined : tally.trials === 0 && tally.levels === 0;
  if (unseen) return { verdict: 'inconclusive', summary, next: 'Declare where this is measured.' };
  const measured = expectationOf(standing);
  if (stale || logBad >= decision.badThreshold) return { verdict: 'fail', summary, ...measured };
  if (settledAt !== undefined) return { verdict: 'pass', summary, ...measured };
  const needs = standing.needs === undefined ? 'more time' : `about ${standing.needs} more`;
  return { verdict: 'inconclusive', summary, ...measured, next: `Watch on: it needs ${needs} to be sure.` };
}

function expectationOf({ rule, tally, age }: Standing): Pick<Evidence, 'expected' | 'measured'> {
  switch (rule.kind) {
    case 'counted':
      return { expected: `at most ${rule.allowed * 100} %`, measured: `${tally.events} of ${tally.trials}` };
    case 'gauge':
      return { expected: `at most ${rule.limit}`, measured: `at most ${tally.highest}` };
    case 'freshness':
      return { expected: `at most ${rule.limit} ms ago`, measured: `${age} ms ago` };
    default:
      return rule satisfies never;
  }
}
