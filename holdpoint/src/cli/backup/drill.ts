import type { Drilled, DrillReport, DrillTimes } from '../../backup/drill/port.ts';
import { selectSet } from '../../backup/set/select.ts';
import { formatDuration } from '../../kernel/durations.ts';
import { EXIT } from '../../kernel/errors.ts';
import type { CommonOptions, Finished } from '../finished.ts';
import type { House } from '../house.ts';
import { coloured, mark, type Paint, plain } from '../live/lines.ts';
import { withSets } from './with-sets.ts';
import { iso } from './words.ts';

export interface DrillCommandOptions extends CommonOptions {
  readonly timestamp?: string;
}

export function drillBackups(house: House, options: DrillCommandOptions): Promise<Finished> {
  return withSets(house, options, async (backups) => {
    const { timestamp } = options;
    const ids =
      timestamp === undefined
        ? undefined
        : [selectSet((await backups.list(house.interrupted)).sets, timestamp).set.manifest.id];
    const report = await backups.drill(ids, house.interrupted);
    const { verdict } = report.evidence;
    const paint = house.isTerminal ? coloured : plain;
    return {
      status: verdict === 'pass' ? 0 : verdict === 'fail' ? EXIT['check-failed'] : EXIT['evidence-missing'],
      lines: [
        ...report.backups.flatMap((one) => linesOf(one, paint)),
        objectiveLine('may be lost (RPO)', report.rpo),
        objectiveLine('back in service (RTO)', report.rto),
        `${mark(verdict, paint)} ${report.evidence.summary}`,
        ...(report.evidence.next === undefined || verdict === 'pass'
          ? []
          : [`next: ${report.evidence.next}`]),
      ],
      result: jsonOf(report),
    };
  });
}

function linesOf({ id, at, evidence, times, parts }: Drilled, paint: Paint): readonly string[] {
  return [
    `${mark(evidence.verdict, paint)} ${id} of ${iso(at)}: ${evidence.summary}`,
    ...parts.map(({ source, evidence: one }) => `    ${mark(one.verdict, paint)} ${source}: ${one.summary}`),
    `    ${timesLine(times)}`,
  ];
}

const timesLine = (times: DrillTimes): string =>
  Object.entries(times)
    .map(([phase, milliseconds]) => `${phase} ${formatDuration(Number(milliseconds))}`)
    .join(', ');

function objectiveLine(what: string, { measured, objective }: DrillReport['rpo']): string {
  const found = measured === undefined ? 'not measured' : formatDuration(measured);
  return `${what}: ${found}${objective === undefined ? '' : `, objective ${formatDuration(objective)}`}`;
}

function jsonOf({ at, backups, rpo, rto, evidence }: DrillReport): Finished['result'] {
  const pair = ({ measured, objective }: DrillReport['rpo']) => {
    return { measured: measured ?? null, objective: objective ?? null };
  };
  return {
    ...{ at, verdict: evidence.verdict, summary: evidence.summary, rpo: pair(rpo), rto: pair(rto) },
    backups: backups.map(({ id, at: taken, evidence: shown, times, restoredInMs, parts }) => ({
      ...{ id, at: taken, verdict: shown.verdict, summary: shown.summary, times: { ...times } },
      restoredInMs: restoredInMs ?? null,
      parts: parts.map(({ source, evidence: one }) => {
        return { source, verdict: one.verdict, summary: one.summary, details: [...(one.details ?? [])] };
      }),
    })),
  };
}
