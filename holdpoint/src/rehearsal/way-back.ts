import type { Findings, MigrationFindings } from './findings.ts';
import { type Outcome, outcomeOfOld } from './outcome.ts';
import type { WayBack } from './rehearsal.ts';
import { downWords, lossWords, oldWords } from './words.ts';

/**
 * Pure: how the old version comes back. By code alone only where it was seen to work on the migrated copy and nothing
 * of what it had is lost; whatever was not measured counts as not proven.
 */
export function wayBackOf(findings: Findings, oldVersion: Outcome): WayBack {
  const { from, migration } = findings;
  if (migration.up !== undefined && !migration.up.settled) return afterFailure(migration);
  if (from === undefined) return firstDeployment(migration);
  const losses = lossWords(migration.lost);
  if (oldVersion.kind === 'passed' && losses.length === 0) {
    return { kind: 'code-only', reasons: [passed(from, oldVersion)] };
  }
  if (migration.up === undefined && oldVersion.kind !== 'failed') {
    return { kind: 'code-only', reasons: ['nothing is migrated'] };
  }
  const reasons = [...losses, ...oldWords(from, oldVersion)];
  return byDown(findings, oldVersion, reasons);
}

function byDown(
  { from = '', migration, trials }: Findings,
  oldVersion: Outcome,
  reasons: readonly string[],
): WayBack {
  const restore = (why: string): WayBack => ({ kind: 'database', by: 'restore', reasons: [...reasons, why] });
  const { down } = migration;
  if (migration.up === undefined) return restore('there is no migration to go down');
  if (down.kind !== 'proven') return restore(downWords(migration));
  if (trials.back === undefined || oldVersion.kind === 'untried') {
    return restore(
      'the down migration lost nothing, but it was not tried with rows that the new version writes',
    );
  }
  if (trials.back.broken !== undefined) return restore(trials.back.broken);
  const back = outcomeOfOld(trials.back.oldVersion, trials.control === undefined ? [] : [trials.control]);
  if (back.kind !== 'passed') return restore(`after the down migration: ${oldWords(from, back).join('; ')}`);
  const proof = `the down migration brings back schema and rows, and ${from} works again with what the new version wrote`;
  return { kind: 'database', by: 'down', reasons: [...reasons, proof] };
}

/** Nothing goes forward after this; the words are for who looks after the failure. */
function afterFailure(migration: MigrationFindings): WayBack {
  const { down, halfDone } = migration;
  const left = halfDone === undefined || halfDone.differences.length === 0 ? 'nothing' : 'a half-done schema';
  const reason = `the migration fails and leaves ${left} behind`;
  if (down.kind === 'proven') {
    return {
      kind: 'database',
      by: 'down',
      reasons: [reason, 'the down migration brings back schema and rows'],
    };
  }
  return { kind: 'database', by: 'restore', reasons: [reason, downWords(migration)] };
}

function firstDeployment({ holdsRows }: MigrationFindings): WayBack {
  if (holdsRows.length === 0) return { kind: 'code-only', reasons: ['nothing served before'] };
  const some = holdsRows.slice(0, 3).join(', ');
  const more = holdsRows.length > 3 ? ` and ${holdsRows.length - 3} more` : '';
  return {
    kind: 'none',
    reasons: [
      `no version is known that served before, yet the database holds rows in ${some}${more}: whatever uses them cannot be tried`,
    ],
  };
}

function passed(from: string, { journeys, aside }: Extract<Outcome, { kind: 'passed' }>): string {
  const not =
    aside.length === 0
      ? ''
      : `; not counted, since they fail without the migration too: ${aside.map(({ id }) => id).join(', ')}`;
  return `${from} passed ${journeys} ${journeys === 1 ? 'journey' : 'journeys'} on the migrated copy${not}`;
}
