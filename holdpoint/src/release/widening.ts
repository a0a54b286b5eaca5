import { explain } from '../kernel/errors.ts';
import type { Evidence } from '../kernel/verdict.ts';
import type { Widening } from '../targets/target.ts';
import { objectivesOf } from '../watch/settings.ts';
import type { RunContext } from './context.ts';
import type { Guard } from './guard.ts';
import { type Waiting, waiting } from './phases/phase.ts';
import { askForWaivers, recordEvidence } from './settle.ts';
import { evidenceOf, type RunState } from './state.ts';
import {
  missingInWords,
  requestLevels,
  type WideningEvidence,
  wideningEvidence,
} from './widening-evidence.ts';

/** The check under which a roll-out that lacks evidence is waived. */
const ROLLOUT = 'watch.rollout';

/** Asked before each step that widens; `waited` says that the world may have changed meanwhile. */
export type HoldPoint = (
  widening: Widening,
) => Promise<{ readonly kind: 'go on'; readonly waited: boolean } | Waiting>;

/** Milliseconds below which no scale shortens the patience: requests come at their own pace. */
const SCALED_AT_MOST = 60_000;

type Seeing = Pick<Guard, 'latest' | 'nextLook' | 'result'>;

/**
 * Holds a roll-out until the watch has shown enough for the next step, somebody answers for it, or its patience is
 * over: then the run waits for a person. What was shown once in a run is not asked again.
 */
export function holdPoint(context: RunContext, guard: Seeing): HoldPoint {
  const { journal, project } = context;
  const { watch } = project.specification;
  const { rollout } = watch;
  if (rollout === 'off') return async () => ({ kind: 'go on', waited: false });
  const measured = project.target.declared.flatMap(({ name, paths: { metrics } }) =>
    metrics === undefined ? [] : [name],
  );
  const objectives = objectivesOf(watch);
  return async (widening) => {
    if (wasWidened(journal.state, widening)) return { kind: 'go on', waited: false };
    const levels = requestLevels(widening.service, objectives, measured);
    const judge = (): WideningEvidence => wideningEvidence(widening, levels, guard.latest(), rollout.widen);
    const goOn = async (summary: string, waited: boolean) => {
      await journal.record({ type: 'rollout.widened', ...widening, summary });
      return { kind: 'go on', waited } as const;
    };
    const goOnAsShown = async (summary: string, waited: boolean) => {
      // What was undecided at an earlier hold of this run is decided now.
      const before = journal.state.checks.get(ROLLOUT)?.evidence;
      if (before !== undefined && before.verdict !== 'pass')
        await settle(context, { verdict: 'pass', summary });
      return goOn(summary, waited);
    };
    const first = judge();
    if (first.kind === 'shown') return goOnAsShown(first.summary, false);
    const before = waiverIn(journal.state);
    if (before !== undefined) return goOn(before, false);
    await recordHeld(context, widening, first);
    const scaled = rollout.patience * journal.state.opened.timeScale;
    const patience =
      levels.ids.length === 0 ? 0 : Math.max(scaled, Math.min(rollout.patience, SCALED_AT_MOST));
    const last = await awaitEvidence(context, guard, judge, patience);
    const given = waiverIn(journal.state);
    if (last.evidence.kind === 'shown') return goOnAsShown(last.evidence.summary, true);
    if (given !== undefined) return goOn(given, true);
    const summary = `undecided: ${missingInWords(last.evidence, last.perSecond)}`;
    await settle(context, { verdict: 'inconclusive', summary, next: WAYS_ON });
    await askForWaivers(context, [ROLLOUT]);
    const answered = waiverIn(journal.state);
    return answered === undefined ? waitsForPerson(widening, summary) : goOn(answered, true);
  };
}

const wasWidened = ({ rollout }: RunState, { service, fresh }: Widening): boolean =>
  rollout.some((one) => one.kind === 'widened' && one.service === service && one.fresh >= fresh);

/** Who lets it go on, and why; undefined while nobody does. */
function waiverIn(state: RunState): string | undefined {
  const evidence = evidenceOf(state, ROLLOUT);
  return evidence?.verdict === 'waived' ? `waived ${evidence.summary}` : undefined;
}

async function recordHeld(
  { journal }: RunContext,
  widening: Widening,
  evidence: Exclude<WideningEvidence, { kind: 'shown' }>,
): Promise<void> {
  const { service, fresh } = widening;
  if (journal.state.rollout.some((one) => one.service === service && one.fresh === fresh)) return;
  const needs = evidence.kind === 'missing' ? evidence.needs : undefined;
  const summary = missingInWords(evidence);
  await journal.record({
    type: 'rollout.held',
    ...widening,
    summary,
    ...(needs === undefined ? {} : { needs }),
  });
}

interface Awaited {
  readonly evidence: WideningEvidence;
  /** Requests a second while it was waited for. */
  readonly perSecond?: number;
}

/** Until enough was shown, somebody has waived it elsewhere, no look comes any more, or the time is over. */
async function awaitEvidence(
  { journal, project: { clock }, authority: { signal } }: RunContext,
  guard: Seeing,
  judge: () => WideningEvidence,
  patience: number,
): Promise<Awaited> {
  const began = clock.now();
  const over = new AbortController();
  const time = clock.wait(patience, AbortSignal.any([signal, over.signal])).then(
    () => over.abort(),
    () => over.abort(),
  );
  let broken: string | undefined;
  // Whether it decided is for the phase of the watch to say; here it only means that no more evidence comes.
  void guard.result.then(
    () => over.abort(),
    (error: unknown) => {
      broken = explain(error);
      over.abort();
    },
  );
  let evidence = judge();
  const seen = evidence.kind === 'missing' ? evidence.seen : 0;
  try {
    while (!over.signal.aborted && evidence.kind !== 'shown' && waiverIn(journal.state) === undefined) {
      await Promise.race([guard.nextLook(), time]);
      signal.throwIfAborted();
      await journal.catchUp();
      evidence = judge();
    }
  } finally {
    over.abort();
    await time;
  }
  // The watch that called it bad, or whoever interrupts, may have done so while the log was read.
  signal.throwIfAborted();
  if (broken !== undefined && evidence.kind !== 'shown')
    return { evidence: { kind: 'unmeasured', why: `the watch broke: ${broken}` } };
  const seconds = (clock.now() - began) / 1_000;
  if (evidence.kind !== 'missing' || seconds === 0) return { evidence };
  return { evidence, perSecond: (evidence.seen - seen) / seconds };
}

async function settle(context: RunContext, evidence: Evidence): Promise<void> {
  await recordEvidence(context, 'deploy', ROLLOUT, evidence, 0);
}

const WAYS_ON = `Let it go on with \`holdpoint sign ${ROLLOUT} --waive --reason TEXT --until DAY --as NAME\` and \`holdpoint resume\`, wait on with \`holdpoint resume\`, let journeys make requests by \`watch.synthetic\`, or take it back with \`holdpoint rollback --reason TEXT\`.`;

const waitsForPerson = ({ service, fresh, of }: Widening, summary: string): Waiting =>
  waiting([`${service} is held at ${fresh} of ${of}: ${summary}`], WAYS_ON);
