import { formatDuration } from '../../kernel/durations.ts';
import type { RunState, StepState } from '../../release/state.ts';
import { wayBackInWords } from '../../release/way-back-words.ts';
import { nameOf } from '../people.ts';
import { evidenceLines } from './kept.ts';
import { bullets, inline, table } from './markdown.ts';
import { NOT_MEASURED } from './times.ts';

/** Lines of a rehearsal's evidence. */
const DETAILS = 60;

/** What the rehearsal had shown, whether the way back was needed, and how long its parts took. */
export function wayBack(state: RunState): readonly string[] {
  return [...decided(state), ...rehearsed(state), ...gone(state)];
}

function decided({ wayBack: way, wayBackAccepted: accepted }: RunState): readonly string[] {
  if (way === undefined) return ['Before: none was decided by this run.', ''];
  return [
    `Before: ${inline(wayBackInWords(way))}.`,
    '',
    ...bullets([
      ...way.reasons.map((reason) => inline(reason)),
      ...(way.backup === undefined ? [] : [`Backup: ${inline(way.backup)}`]),
      ...(accepted === undefined
        ? []
        : [`Accepted by ${inline(nameOf(accepted.by))}: ${inline(accepted.reason)}`]),
    ]),
  ];
}

function rehearsed({ steps, checks }: RunState): readonly string[] {
  const runs = [...steps.values()].filter(({ phase, name }) => phase === 'rehearse' && /\/run$/.test(name));
  const last = runs.at(-1);
  if (last === undefined) return ['Rehearsal: none in the log.', ''];
  const shown = checks.get('database.migrations');
  const evidence = shown?.phase === 'rehearse' ? shown.evidence : undefined;
  return [
    `Rehearsal: ${last.status}, ${timeOf(last)}: ${inline(last.summary ?? last.fault?.message ?? '')}`,
    '',
    ...(evidence === undefined
      ? []
      : bullets(
          [...evidenceLines(evidence), ...(evidence.details ?? []).map((line) => inline(line))],
          DETAILS,
        )),
  ];
}

/** What was done on the way back; the migration stands beside it, since it is what had to be taken back or kept. */
function gone(state: RunState): readonly string[] {
  const { rollback, plans, steps } = state;
  const migration = steps.get('migrate/up');
  const before = migration === undefined || migration.status === 'planned' ? [] : [migration];
  if (rollback === undefined) {
    return ['Needed: no, this run did not go back.', '', ...stepTable(before)];
  }
  const planned = new Set(
    plans
      .filter(({ direction }) => direction === 'back')
      .flatMap((plan) => plan.steps.map(({ name }) => name)),
  );
  const back = [...steps.values()].filter(
    ({ phase, status }) => phase === 'rollback' && status !== 'planned',
  );
  const replicas = back.filter(({ name }) => planned.has(name));
  const database = back.filter(({ name }) => !planned.has(name));
  const done = replicas.filter(({ status }) => status === 'done');
  const took = done.reduce((sum, { milliseconds = 0 }) => sum + milliseconds, 0);
  return [
    database.length === 0
      ? 'Needed: yes, and the code alone was put back.'
      : 'Needed: yes, and the database was brought back too.',
    '',
    ...bullets([
      `Steps that replaced replicas: ${done.length} of ${planned.size} done, ${formatDuration(took)} together`,
    ]),
    ...stepTable([...before, ...database]),
  ];
}

const stepTable = (steps: readonly StepState[]): readonly string[] =>
  table(
    ['step', 'time', 'end'],
    steps.map((step) => [
      inline(step.title),
      timeOf(step),
      `${step.status}${step.summary === undefined ? '' : `: ${inline(step.summary)}`}`,
    ]),
  );

const timeOf = ({ milliseconds }: StepState): string =>
  milliseconds === undefined ? NOT_MEASURED : formatDuration(milliseconds);
