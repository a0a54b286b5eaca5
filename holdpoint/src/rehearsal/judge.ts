import { formatDuration } from '../kernel/durations.ts';
import type { Evidence } from '../kernel/verdict.ts';
import { details } from './account.ts';
import type { Findings, Limits, MigrationFindings } from './findings.ts';
import { outcomeOfNew, outcomeOfOld } from './outcome.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { Trials, Tried } from './version-trial.ts';
import { wayBackOf } from './way-back.ts';

const SHOWN = 3;

/** Pure: the evidence of `database.migrations`, and how the old version comes back. */
export function judge(findings: Findings, limits: Limits): Rehearsal {
  const unmigrated = unmigratedTrials(findings.trials);
  const outcomes = {
    newVersion: outcomeOfNew(findings.trials.newVersion, unmigrated),
    oldVersion: outcomeOfOld(findings.trials.oldVersion, unmigrated),
  };
  const faults = faultsOf(findings, limits);
  const { newVersion } = outcomes;
  if (newVersion.kind === 'failed') {
    faults.push(
      ...newVersion.faults.map(({ words }) => `${findings.to} fails on the migrated copy: ${words}`),
    );
  }
  const parts = {
    details: [...faults, ...details(findings, outcomes)],
    expected: `at most ${formatDuration(limits.duration)}, locks against writes at most ${formatDuration(limits.lock)}`,
    measured: measured(findings.migration),
  };
  const wayBack = wayBackOf(findings, outcomes.oldVersion);
  return { evidence: { ...verdictOf(findings, faults, newVersion), ...parts }, wayBack };
}

function verdictOf(
  { to, migration: { up } }: Findings,
  faults: readonly string[],
  newVersion: ReturnType<typeof outcomeOfNew>,
): Evidence {
  const [first, ...others] = faults;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    const next = 'Mend the migration or the release, and rehearse again; nothing has been touched.';
    return { verdict: 'fail', summary: `${first}${more}`, next };
  }
  if (newVersion.kind === 'unclear') {
    const words = newVersion.faults.slice(0, SHOWN).map((fault) => fault.words);
    return {
      verdict: 'inconclusive',
      summary: `${to} was not judged on the migrated copy: ${words.join('; ')}`,
      next: "Choose journeys that work without the outside, under 'database.rehearsal.journeys'.",
    };
  }
  return {
    verdict: 'pass',
    summary:
      up === undefined
        ? 'nothing is pending'
        : `the migration ran on the restored copy in ${formatDuration(up.milliseconds)}`,
  };
}

function faultsOf({ migration }: Findings, limits: Limits): string[] {
  const { up, sampling } = migration;
  if (up === undefined) return [];
  const faults: string[] = [];
  if (up.timedOut) {
    faults.push(`the migration had not ended after ${formatDuration(limits.duration)}`);
  } else if (!up.settled) {
    const last = up.output.at(-1);
    faults.push(
      `the migration fails with exit status ${up.exitCode ?? 'none'}${last === undefined ? '' : `: ${last}`}`,
    );
  } else if (up.milliseconds > limits.duration) {
    faults.push(
      `the migration takes ${formatDuration(up.milliseconds)}, allowed are ${formatDuration(limits.duration)}`,
    );
  }
  for (const { table, mode, stopsWritesFor } of sampling.locks) {
    if (stopsWritesFor <= limits.lock) continue;
    faults.push(
      `${table}: nobody could write for ${formatDuration(stopsWritesFor)} (${mode}), allowed are ${formatDuration(limits.lock)}`,
    );
  }
  return faults;
}

function measured({ up, sampling }: MigrationFindings): string {
  if (up === undefined) return 'nothing to migrate';
  const longest = sampling.locks[0]?.stopsWritesFor ?? 0;
  const locked = longest === 0 ? 'no lock seen' : `longest lock against writes ${formatDuration(longest)}`;
  return `${formatDuration(up.milliseconds)}, ${locked}`;
}

/** Where the old version was asked without the migration. */
function unmigratedTrials({ back, control }: Trials): readonly Tried[] {
  return [
    ...(back === undefined || back.broken !== undefined ? [] : [back.oldVersion]),
    ...(control === undefined ? [] : [control]),
  ];
}
