import { formatDuration } from '../kernel/durations.ts';
import type { Widening } from '../targets/target.ts';
import type { Decision, Standing } from '../watch/gate/decide.ts';
import { type Objective, watchedBy } from '../watch/objective.ts';
import { oddsInWords, whole } from '../watch/words-numbers.ts';

/** What speaks for a step that widens. */
export type WideningEvidence =
  | { readonly kind: 'shown'; readonly summary: string }
  /** More requests would do; `needs` is undefined where no number of them would, as the service is now. */
  | {
      readonly kind: 'missing';
      readonly objective: string;
      readonly needs: number | undefined;
      /** Requests that were counted so far. */
      readonly seen: number;
    }
  /** The new version is not measured now. */
  | { readonly kind: 'unmeasured'; readonly why: string };

/** The service levels that requests are judged by, as far as they can be read for one service. */
export interface RequestLevels {
  readonly ids: readonly string[];
  /** False where nothing of the service itself is watched, so that others have to speak for it. */
  readonly own: boolean;
}

/** Looks in a row without any answer, after which earlier evidence speaks of a version that nobody sees any more. */
const SILENT_LOOKS = 3;

const JUDGES_REQUESTS: ReadonlySet<Objective['kind']> = new Set(['errors', 'latency', 'pair']);

/** `measured` are the services that have metrics. */
export function requestLevels(
  service: string,
  objectives: readonly Objective[],
  measured: readonly string[],
): RequestLevels {
  const readable = objectives.filter(
    (one) => JUDGES_REQUESTS.has(one.kind) && measured.some((name) => watchedBy(one, name)),
  );
  const own = readable.filter((one) => measured.includes(service) && watchedBy(one, service));
  return { ids: (own.length > 0 ? own : readable).map(({ id }) => id), own: own.length > 0 };
}

/**
 * Whether what the gate has seen is enough to go further. Beyond the first replica the odds for each service level have
 * to be 1/`widen`; what leads to more than half of the replicas needs as much as a promotion.
 */
export function wideningEvidence(
  { service, fresh, of }: Widening,
  levels: RequestLevels,
  decision: Decision | undefined,
  widen: number,
): WideningEvidence {
  if (levels.ids.length === 0) return { kind: 'unmeasured', why: 'no metric tells how its requests end' };
  if (decision === undefined) return { kind: 'unmeasured', why: 'it was not looked at yet' };
  if (decision.silentLooks > SILENT_LOOKS)
    return { kind: 'unmeasured', why: `no replica has answered at ${decision.silentLooks} looks` };
  const standings = decision.objectives.filter(({ rule }) => levels.ids.includes(rule.id));
  // The terms of a watch outlive a change of the specification.
  if (standings.length === 0)
    return { kind: 'unmeasured', why: `the watch of this run judges no ${levels.ids.join(', nor ')}` };
  const beyondHalf = (fresh + 1) / of > 0.5;
  const threshold = beyondHalf ? decision.goodThreshold : Math.log(1 / widen);
  const open = standings
    .filter(({ logGood, settledAt }) => settledAt === undefined && logGood < threshold)
    .map((standing) => ({ standing, needs: needed(standing, threshold, decision.goodThreshold) }));
  const [worst] = open.toSorted((a, b) => (b.needs ?? Infinity) - (a.needs ?? Infinity));
  if (worst !== undefined) {
    const { rule, tally } = worst.standing;
    return { kind: 'missing', objective: rule.id, needs: worst.needs, seen: tally.trials };
  }
  const shown = standings.map(
    ({ rule, tally, logGood, settledAt }) =>
      `${rule.id} kept its limit in ${whole(tally.trials)} requests (${oddsInWords(settledAt === undefined ? logGood : Math.max(logGood, decision.goodThreshold))})`,
  );
  const instead = levels.own ? '' : `; nothing of ${service} itself is watched`;
  return { kind: 'shown', summary: `${shown.join(', ')}${instead}` };
}

/** The gate tells what is missing to a promotion; a lower threshold needs its part of it. */
function needed({ needs, logGood }: Standing, threshold: number, promotion: number): number | undefined {
  if (needs === undefined || logGood >= promotion) return needs;
  return Math.max(1, Math.ceil((needs * (threshold - logGood)) / (promotion - logGood)));
}

/** `errors needs about 312 more requests, at 0.4 a second that is 13 min`; `perSecond` is the pace of late, if known. */
export function missingInWords(
  evidence: Exclude<WideningEvidence, { kind: 'shown' }>,
  perSecond?: number,
): string {
  if (evidence.kind === 'unmeasured') return evidence.why;
  const { objective, needs } = evidence;
  if (needs === undefined) return `${objective} is too near its limit to be called good at this rate`;
  const missing = `${objective} needs about ${whole(needs)} more ${needs === 1 ? 'request' : 'requests'}`;
  if (perSecond === undefined) return missing;
  if (perSecond === 0) return `${missing}, and none comes`;
  const pace = perSecond < 10 ? Number(perSecond.toPrecision(1)).toString() : whole(perSecond);
  return `${missing}, at ${pace} a second that is ${formatDuration((needs / perSecond) * 1_000)}`;
}
