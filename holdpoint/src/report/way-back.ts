import { formatDuration } from '../kernel/durations.ts';
import { settles } from '../kernel/verdict.ts';
import { evidenceKey } from '../release/evidence-key.ts';
import { PHASE_TITLES } from '../release/phase-names.ts';
import type { RunState } from '../release/state.ts';
import { wayBackInWords } from '../release/way-back-words.ts';
import { lossInWords } from '../rollback/plan.ts';
import { formatInstant } from './instant.ts';
import { nameOf } from './people.ts';

/** Tables named on the terminal; the others are counted. */
const TABLES = 10;

/** When the old version was back; what the log does not hold is absent. Milliseconds since the epoch. */
export interface ReturnTimes {
  readonly decidedAt: number;
  /** The last replica was put in its place, and the system was then found to run the old version only. */
  readonly aloneAt?: number;
  /** Every replica and the public address were asked, and only the old version answered. */
  readonly verifiedAt?: number;
  /** Only the old version was found to run when its replicas were to be put back: none had to be replaced. */
  readonly unchanged: boolean;
}

/** Undefined while nobody has decided to go back. */
export function returnTimes(state: RunState): ReturnTimes | undefined {
  const { rollback, phases, checks, plans, steps } = state;
  if (rollback === undefined) return undefined;
  const asked = checks.get(evidenceKey('rollback', 'verify.replicas'));
  const verifiedAt = asked?.evidence.verdict === 'pass' ? asked.at : undefined;
  const verdict = phases.get('rollback')?.verdict;
  // Steps that are done so far say nothing of those that are still to come.
  const isBack = verifiedAt !== undefined || (verdict !== undefined && settles(verdict));
  const back = plans.filter(({ direction }) => direction === 'back');
  const ends = back
    .flatMap((plan) => plan.steps)
    .flatMap(({ name }) => {
      const step = steps.get(name);
      return step?.status === 'done' && step.at !== undefined ? [step.at] : [];
    });
  const aloneAt = isBack && ends.length > 0 ? Math.max(...ends) : undefined;
  return {
    decidedAt: rollback.at,
    unchanged: isBack && back.length > 0 && ends.length === 0,
    ...(aloneAt === undefined ? {} : { aloneAt }),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
  };
}

/** Lines for the terminal: what was adopted, how the old version would come back, and how it did. */
export function wayBackLines(state: RunState): readonly string[] {
  return [
    ...state.adoptions.map(
      ({ by, reason, changed }) => `Adopted by ${nameOf(by)}: ${changed.join(', ')}; ${reason}`,
    ),
    ...decided(state),
    ...proposed(state),
    ...lost(state),
    ...wentBack(state),
  ];
}

function decided({ wayBack, wayBackAccepted: accepted }: RunState): readonly string[] {
  if (wayBack === undefined) return [];
  const words = wayBackInWords(wayBack);
  const line = words.charAt(0).toUpperCase() + words.slice(1);
  if (accepted === undefined) return [line];
  const { by, reason, lossLimit } = accepted;
  const limit = lossLimit === undefined ? '' : `; up to ${formatDuration(lossLimit)} may be lost`;
  return [line, `  accepted by ${nameOf(by)}: ${reason}${limit}`];
}

function proposed({ proposal, rollback, closed }: RunState): readonly string[] {
  if (proposal === undefined) return [];
  const { severity, reason, phase, until, at } = proposal;
  const line = `Roll-back proposed in ${PHASE_TITLES[phase]} (${severity}): ${reason}`;
  if (rollback !== undefined) return [line, `  decided ${formatDuration(rollback.at - at)} later`];
  if (closed !== undefined) return [line];
  const then =
    until === undefined
      ? 'waits for a choice'
      : `goes back at ${formatInstant(until)} unless somebody answers`;
  return [line, `  ${then}`];
}

function lost({ loss, lossAccepted }: RunState): readonly string[] {
  if (loss === undefined) return [];
  const [head = '', ...rest] = lossInWords(loss);
  const more = rest.length - TABLES;
  return [
    `Loss by a restore: ${head}${loss.final ? '' : ' (still serving when counted)'}`,
    ...rest.slice(0, TABLES).map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(lossAccepted === undefined
      ? []
      : [`  accepted by ${nameOf(lossAccepted.by)}: ${lossAccepted.reason}`]),
  ];
}

function wentBack(state: RunState): readonly string[] {
  const { rollback, opened, plans, steps } = state;
  const times = returnTimes(state);
  if (rollback === undefined || times === undefined) return [];
  const planned = plans.filter(({ direction }) => direction === 'back').flatMap((plan) => plan.steps);
  const done = planned.filter(({ name }) => steps.get(name)?.status === 'done').length;
  const back = opened.from === undefined ? '' : ` to ${opened.from.version}`;
  const numbers = returnInWords(times, opened.from?.version ?? 'the old version');
  return [
    `Rolled back${back} by ${rollback.by} (${rollback.severity}): ${rollback.reason}`,
    ...(planned.length === 0 ? [] : [`  ${done} of ${planned.length} steps back done`]),
    ...(numbers === undefined ? [] : [`  ${numbers}`]),
  ];
}

/** `1.9.0 alone 8.2 s after the decision, verified after 12 s`; undefined when neither is in the log. */
function returnInWords(
  { decidedAt, aloneAt, verifiedAt, unchanged }: ReturnTimes,
  from: string,
): string | undefined {
  const words = [
    ...(unchanged ? ['served alone: no replica had to be replaced'] : []),
    ...(aloneAt === undefined ? [] : [`alone ${formatDuration(aloneAt - decidedAt)} after the decision`]),
    ...(verifiedAt === undefined ? [] : [`verified after ${formatDuration(verifiedAt - decidedAt)}`]),
  ];
  return words.length === 0 ? undefined : `${from} ${words.join(', ')}`;
}
