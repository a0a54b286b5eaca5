import { formatDuration } from '../kernel/durations.ts';
import { formatBytes } from '../kernel/quantities.ts';
import type { Findings, MigrationFindings } from './findings.ts';
import type { Outcome } from './outcome.ts';
import type { Tried } from './version-trial.ts';
import { downWords, lossWords, oldWords, shorten } from './words.ts';

interface Outcomes {
  readonly newVersion: Outcome;
  readonly oldVersion: Outcome;
}

/** Pure: what was found, a line for each thing that was looked at. */
export function details({ from, to, migration, trials }: Findings, outcomes: Outcomes): readonly string[] {
  return [
    ...migrationLines(migration),
    `new version: ${newWords(to, outcomes.newVersion)}${notCutOff(trials.newVersion)}`,
    ...(from === undefined
      ? ['old version: none served before']
      : [`old version: ${oldLine(from, outcomes.oldVersion)}${notCutOff(trials.oldVersion)}`]),
    ...(migration.up === undefined ? [] : [`down: ${downLine(migration)}`]),
  ];
}

function migrationLines(migration: MigrationFindings): readonly string[] {
  const { up, before, sampling, rewrites, lost, writes, halfDone, unread } = migration;
  if (up === undefined) return ['migration: nothing is pending'];
  const locks = sampling.locks.map(
    ({ table, mode, stopsWritesFor, stopsReadsFor }) =>
      `${table} ${formatDuration(stopsWritesFor)} against writes${stopsReadsFor > 0 ? `, ${formatDuration(stopsReadsFor)} against reads` : ''} (${mode})`,
  );
  const gap = `looked at ${sampling.samples} times, at most ${formatDuration(sampling.widestGap)} apart`;
  const losses = lossWords(lost);
  return [
    `duration: ${formatDuration(up.milliseconds)} for ${before.pending.join(', ') || 'what broke off'}`,
    `locks: ${locks.length === 0 ? 'none against writes or reads was seen' : shorten(locks)}; ${gap}`,
    `rewrites: ${shorten(rewrites.map(({ table, kind, bytes }) => `${table} ${kind} (${formatBytes(bytes)})`)) || 'none'}`,
    `lost: ${shorten(losses) || 'nothing'}`,
    ...(unread.length === 0 ? [] : [`not compared, since they are too large: ${shorten(unread)}`]),
    ...(writes.length === 0
      ? []
      : [`rows written by the migration itself: ${shorten(writes.map(writeWords))}`]),
    ...(halfDone === undefined ? [] : [`left behind: ${halfDoneWords(migration)}`]),
    ...(up.settled ? [] : up.output.map((line) => `output: ${line}`)),
  ];
}

const writeWords = ({ table, inserted, updated, deleted }: MigrationFindings['writes'][number]): string => {
  const counts = { inserted, updated, deleted };
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return `${table} ${parts.map(([word, count]) => `${count} ${word}`).join(', ')}`;
};

function halfDoneWords({ halfDone }: MigrationFindings): string {
  if (halfDone === undefined || halfDone.differences.length === 0) return 'the schema is as before';
  return shorten(halfDone.differences.map(({ object, change }) => `${object} ${change}`));
}

function newWords(to: string, outcome: Outcome): string {
  if (outcome.kind === 'passed') return `${to} passed ${count(outcome.journeys)}`;
  if (outcome.kind === 'untried') return `${to} was not judged: ${outcome.why}`;
  const words = shorten(outcome.faults.map((fault) => fault.words));
  return outcome.kind === 'failed' ? `${to} fails: ${words}` : `${to} was not judged: ${words}`;
}

function oldLine(from: string, outcome: Outcome): string {
  if (outcome.kind !== 'passed') return oldWords(from, outcome).join('; ');
  const aside = outcome.aside.map(({ words }) => words);
  return `${from} passed ${count(outcome.journeys)} on the migrated copy${aside.length === 0 ? '' : `; inconclusive, since they fail without the migration too: ${shorten(aside)}`}`;
}

function downLine(migration: MigrationFindings): string {
  const { down, again } = migration;
  const time = down.kind === 'proven' ? ` in ${formatDuration(down.milliseconds)}` : '';
  const repeated =
    again === undefined ? '' : again.settled ? ', and up again' : ', but then up no longer works';
  return `${downWords(migration)}${time}${repeated}`;
}

const count = (journeys: number): string => `${journeys} ${journeys === 1 ? 'journey' : 'journeys'}`;

/** What could reach the outside has to be said, though it does not change what was found. */
const notCutOff = (tried: Tried): string =>
  tried.kind === 'tried' && !tried.trial.cutOff ? ' (not cut off from the network)' : '';
