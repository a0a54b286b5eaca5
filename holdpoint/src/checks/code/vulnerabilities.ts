import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { readSettings, type Waiver, waiver, waiverFor, words } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { type FoundReport, findReports, staleReports } from './scan.ts';

const ID = checkId('code.vulnerabilities');

const Settings = z.strictObject({
  /** Where code.scan finds them unless named. */
  report: words.optional(),
  maxAge: duration.default(7 * 86_400_000),
  waivers: z.array(waiver).default([]),
});

interface Expected {
  readonly now: number;
  readonly waivers: readonly Waiver[];
}

export function judgeVulnerabilities(expected: Expected, reports: readonly FoundReport[]): Evidence {
  const all = reports.flatMap(({ report }) => report.findings);
  const grave = all.filter(({ severity }) => severity !== 'lower');
  const open = grave.filter(({ id }) => waiverFor(expected.waivers, id, expected.now) === undefined);
  const waived = grave.length - open.length;
  const good = `0 of ${all.length} findings are HIGH or CRITICAL${waived > 0 ? `, besides ${waived} waived` : ''}`;
  const faults = open.map(({ id, severity, where }) => {
    const expired = expected.waivers.some((one) => one.id === id) ? ', its waiver has expired' : '';
    return `${severity} ${id} in ${where}${expired}`;
  });
  const evidence = judgeFaults(faults, good, {
    expected: 'no HIGH, no CRITICAL',
    measured: `${grave.length} of ${all.length} findings, ${waived} of them waived`,
    next: 'Update what is affected, or let a named person waive it until a day.',
  });
  if (evidence.verdict !== 'pass' || waived === 0) return evidence;
  const details = expected.waivers
    .filter(({ id, until }) => until > expected.now && grave.some((finding) => finding.id === id))
    .map((one) => `${one.id}: ${one.by}, until ${new Date(one.until).toISOString()}: ${one.reason}`);
  return { ...evidence, verdict: 'waived', details };
}

export const vulnerabilities: Check = {
  id: ID,
  timeLimit: 30_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    const paths =
      settings.report ?? words.safeParse(subject.settings(checkId('code.scan'))['report']).data ?? [];
    if (paths.length === 0) {
      return inconclusive('no scan report is named', "Name it under 'report' in the check's settings.");
    }
    const reports = await findReports(subject, paths);
    const now = probe.clock.now();
    const [stale] = staleReports({ now, maxAge: settings.maxAge, paths }, reports);
    // An old report tells nothing about today's findings, and code.scan is what fails for its age.
    if (stale !== undefined) return inconclusive(stale, 'Run the scanner again and keep its report there.');
    return judgeVulnerabilities({ now, waivers: settings.waivers }, reports);
  },
};
