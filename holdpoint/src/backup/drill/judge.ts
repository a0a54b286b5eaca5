import { formatDuration } from '../../kernel/durations.ts';
import { combine, type Evidence, type Verdict } from '../../kernel/verdict.ts';
import type { Drilled, DrillTimes } from './port.ts';

export interface Objectives {
  /** Milliseconds of writes that may be lost, and that a restore may take. */
  readonly rpo?: number | undefined;
  readonly rto?: number | undefined;
}

export interface Measured {
  /** Of the newest backup that passed: milliseconds since its consistency point. */
  readonly rpo: number | undefined;
  /** Of the slowest that passed. */
  readonly rto: number | undefined;
}

export const PHASES = ['locate', 'fetch', 'write', 'start', 'ready', 'verify'] as const;

/** Pure: milliseconds of all phases. */
export const sumOf = (times: DrillTimes): number =>
  PHASES.reduce((sum, phase) => sum + (times[phase] ?? 0), 0);

/** Pure: `fetch 1.2s, start 300ms`. */
function timesInWords(times: DrillTimes): string {
  return PHASES.flatMap((phase) => {
    const took = times[phase];
    return took === undefined ? [] : [`${phase} ${formatDuration(Math.round(took))}`];
  }).join(', ');
}

/** Pure: nothing restored is nothing proven, and no backup at all is a fault. */
export function judgeDrill(
  backups: readonly Drilled[],
  measured: Measured,
  objectives: Objectives,
): Evidence {
  if (backups.length === 0) {
    return {
      verdict: 'fail',
      summary: 'there is no backup that could be restored',
      next: 'Take one with `holdpoint backup create`.',
    };
  }
  const verdict: Verdict = combine(backups.map(({ evidence }) => evidence.verdict));
  const late = [
    ...overrun('RPO', measured.rpo, objectives.rpo),
    ...(verdict === 'pass' ? overrun('RTO', measured.rto, objectives.rto) : []),
  ];
  const details = [
    ...late,
    ...backups.map(({ id, evidence, times }) => `${id}: ${evidence.summary} (${timesInWords(times)})`),
    ...backups.flatMap(({ parts }) =>
      parts
        .filter(({ evidence }) => evidence.verdict !== 'pass')
        .flatMap(({ source, evidence }) => [
          `${source}: ${evidence.summary}`,
          ...(evidence.details ?? []).slice(0, 10),
        ]),
    ),
  ];
  const words = [
    ...(measured.rto === undefined ? [] : [`restored in ${formatDuration(Math.round(measured.rto))}`]),
    ...(measured.rpo === undefined ? [] : [`at most ${formatDuration(Math.round(measured.rpo))} lost`]),
  ].join(', ');
  const shown = { details, ...(words === '' ? {} : { measured: words }), ...expectedOf(objectives) };
  if (verdict === 'pass' && late.length === 0) {
    return { verdict, summary: `${count(backups.length)} restored and compared: ${words}`, ...shown };
  }
  if (verdict === 'pass') {
    return {
      ...{ verdict: 'fail', summary: late.join('; '), ...shown },
      next: 'Back up more often, make the restore faster, or declare objectives that can be kept.',
    };
  }
  const bad = backups.filter(({ evidence }) => evidence.verdict !== 'pass').map(({ id }) => id);
  const next =
    verdict === 'fail'
      ? 'Take a new backup, and look after what holds the old ones.'
      : 'Mend what kept the drill from being made, and run it again.';
  const what = verdict === 'fail' ? 'cannot be relied on' : 'could not be tried';
  return { verdict, summary: `${bad.join(', ')} ${what}`, ...shown, next };
}

function overrun(
  name: string,
  measured: number | undefined,
  objective: number | undefined,
): readonly string[] {
  if (objective === undefined) return [];
  if (measured === undefined) return [`${name}: nothing was measured`];
  if (measured <= objective) return [];
  return [`${name}: ${formatDuration(Math.round(measured))} instead of ${formatDuration(objective)}`];
}

function expectedOf({ rpo, rto }: Objectives): { readonly expected?: string } {
  const words = [
    ...(rpo === undefined ? [] : [`RPO ${formatDuration(rpo)}`]),
    ...(rto === undefined ? [] : [`RTO ${formatDuration(rto)}`]),
  ];
  return words.length === 0 ? {} : { expected: words.join(', ') };
}

const count = (backups: number): string => (backups === 1 ? '1 backup was' : `${backups} backups were`);
