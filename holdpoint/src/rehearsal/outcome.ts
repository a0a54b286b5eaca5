import type { Verdict } from '../kernel/verdict.ts';
import { journeyEvidence } from '../smoke/report.ts';
import type { VersionTrial } from './trial.ts';
import type { Tried } from './version-trial.ts';

/** Something that was asked of a version and did not pass: to start and stay alive, or a journey. */
export interface Fault {
  readonly id: string;
  readonly words: string;
}

/** How a version got on with the migrated copy. */
export type Outcome =
  | {
      readonly kind: 'passed';
      readonly journeys: number;
      /** Failed, but not because of the migration: they fail without it as well. */
      readonly aside: readonly Fault[];
    }
  | { readonly kind: 'failed'; readonly faults: readonly Fault[] }
  /** Something did not pass, and nobody can say what is to blame. */
  | { readonly kind: 'unclear'; readonly faults: readonly Fault[] }
  | { readonly kind: 'untried'; readonly why: string };

const START = 'start';

/**
 * Pure. What fails for the old version counts only if it passes on a copy that is not migrated (`unmigrated`, the
 * first that tells). What fails there as well says nothing about the migration.
 */
export function outcomeOfOld(tried: Tried, unmigrated: readonly Tried[]): Outcome {
  if (tried.kind === 'untried') return tried;
  const [faults, aside, unclear]: [Fault[], Fault[], Fault[]] = [[], [], []];
  let passed = 0;
  for (const [id, verdict] of verdictsOf(tried.trial)) {
    if (verdict === 'pass') {
      if (id !== START) passed += 1;
      continue;
    }
    const fault = { id, words: wordsOf(tried.trial, id) };
    const without = verdictIn(unmigrated, id);
    if (verdict !== 'fail' || without === undefined) unclear.push(fault);
    else if (without === 'pass') faults.push(fault);
    else if (without === 'fail' && id !== START) aside.push(fault);
    else unclear.push(fault);
  }
  if (faults.length > 0) return { kind: 'failed', faults };
  if (unclear.length > 0) return { kind: 'unclear', faults: unclear };
  if (passed > 0) return { kind: 'passed', journeys: passed, aside };
  if (aside.length > 0) return { kind: 'unclear', faults: aside };
  return { kind: 'untried', why: 'no journey was run' };
}

/** Pure. What fails for the new version is its own fault, unless it fails without the migration too, for the old one. */
export function outcomeOfNew(tried: Tried, unmigrated: readonly Tried[]): Outcome {
  if (tried.kind === 'untried') return tried;
  const bad = [...verdictsOf(tried.trial)].filter(([, verdict]) => verdict !== 'pass');
  const told = bad.map(([id, verdict]) => {
    const without = verdictIn(unmigrated, id);
    const excused = without !== undefined && without !== 'pass';
    return { fault: { id, words: wordsOf(tried.trial, id) }, counts: verdict === 'fail' && !excused };
  });
  const faults = told.filter(({ counts }) => counts).map(({ fault }) => fault);
  if (faults.length > 0) return { kind: 'failed', faults };
  if (told.length > 0) return { kind: 'unclear', faults: told.map(({ fault }) => fault) };
  const journeys = tried.trial.journeys.length;
  return journeys > 0
    ? { kind: 'passed', journeys, aside: [] }
    : { kind: 'untried', why: 'no journey was run' };
}

/** Whether the old version did not pass everything, so that it has to be asked without the migration. */
export const needsComparison = (tried: Tried): boolean =>
  tried.kind === 'tried' && [...verdictsOf(tried.trial).values()].some((verdict) => verdict === 'fail');

/** Becoming ready and staying alive is the first thing that is asked of a version. */
function verdictsOf(trial: VersionTrial): ReadonlyMap<string, Verdict> {
  return new Map([
    [START, trial.started ? 'pass' : 'fail'],
    ...trial.journeys.map(({ id, verdict }) => [id, verdict] as const),
  ]);
}

/** A version that does not start fails at every journey. A pass in one trial outweighs a failure in another. */
function verdictIn(trials: readonly Tried[], id: string): Verdict | undefined {
  const said = trials.flatMap((one): readonly Verdict[] => {
    if (one.kind === 'untried') return [];
    const verdicts = verdictsOf(one.trial);
    const verdict = verdicts.get(id) ?? (verdicts.get(START) === 'pass' ? undefined : 'fail');
    return verdict === undefined ? [] : [verdict];
  });
  return said.find((verdict) => verdict === 'pass') ?? said[0];
}

function wordsOf(trial: VersionTrial, id: string): string {
  const report = trial.journeys.find((journey) => journey.id === id);
  if (report !== undefined) return `${id}: ${journeyEvidence(report).summary}`;
  const broken = trial.services.find(({ problem }) => problem !== undefined);
  const last = broken?.log?.at(-1);
  return `${broken?.service ?? 'it'} ${broken?.problem ?? 'does not start'}${last === undefined ? '' : `: ${last}`}`;
}
