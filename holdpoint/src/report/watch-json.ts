import type { RunState } from '../release/state.ts';
import { objectiveBudget } from '../watch/budget.ts';
import { wilson } from '../watch/confidence.ts';
import type { Decision, Standing } from '../watch/gate/decide.ts';
import { lastDecision, readWatch, spanOf, type WatchRead } from './watch-read.ts';

/** The watch of a run as plain data; fields that are undefined are to be left out. */
export function watchJson(state: RunState): Readonly<Record<string, unknown>> {
  const { watch } = state;
  const read = readWatch(state);
  const counted = { blocks: watch.blocks.length, beganAt: watch.beganAt };
  if (read.kind === 'none') return counted;
  if (read.kind === 'unreadable') return { ...counted, unreadable: read.why.message };
  const { terms, levels } = read.watch;
  const { falseAlarms, falsePromotions, window, objectives } = terms.rules;
  const last = lastDecision(read.watch);
  return {
    ...counted,
    terms: {
      falseAlarms,
      falsePromotions,
      window,
      objectives: objectives.map((rule, index) => ({
        ...levels[index],
        ...rule,
        kind: levels[index]?.kind ?? rule.kind,
      })),
    },
    verdict: last.verdict,
    logE: finite(last.logBad),
    threshold: last.badThreshold,
    thresholdForGood: last.goodThreshold,
    objectives: last.objectives.map((standing) => standingJson(standing, last, read.watch)),
  };
}

function standingJson(standing: Standing, { badThreshold }: Decision, watch: WatchRead) {
  const { rule, tally, logBad, logGood, charges, settledAt, needs, age, stale } = standing;
  const { events, trials, beside, level, levels, levelSum, highest } = tally;
  const common = { id: rule.id, settledAt };
  if (rule.kind === 'freshness') return { ...common, age, stale };
  const evidence = {
    logE: finite(logBad),
    // What it alone would have to reach.
    threshold: rule.weight > 0 ? badThreshold - Math.log(rule.weight) : undefined,
    logEForGood: finite(logGood),
    needs,
  };
  if (rule.kind === 'gauge') {
    const mean = levels > 0 ? levelSum / levels : undefined;
    return { ...common, looks: levels, level, mean, highest, ...evidence };
  }
  return {
    ...common,
    events,
    trials,
    band: trials > 0 ? wilson(events, trials) : undefined,
    old: beside && {
      events: beside.oldEvents,
      trials: beside.oldTrials,
      newEvents: beside.events,
      newTrials: beside.trials,
    },
    ...evidence,
    charges,
    budgetLeft: objectiveBudget(standing, spanOf(watch)),
  };
}

/** JSON knows no infinity. */
const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);
