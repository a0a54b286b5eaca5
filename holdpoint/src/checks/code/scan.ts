import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { readTextIfAny } from '../../system/files.ts';
import type { Check, Subject } from '../check.ts';
import { pathOf, readSettings, words } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import type { ScanReport } from './finding.ts';
import { findRepository, releaseCommit, short } from './repository.ts';
import { readScanReport } from './scan-report.ts';

const ID = checkId('code.scan');

const Settings = z.strictObject({
  /** One report, or several. */
  report: words.optional(),
  maxAge: duration.default(7 * 86_400_000),
  repository: z.string().default('.'),
  commit: z.string().default('HEAD'),
});

export interface FoundReport {
  readonly path: string;
  /** When it was made, or else when the file was written; milliseconds since the epoch. */
  readonly at: number;
  readonly report: ScanReport;
}

/** The reports at these paths; a path without a file is left out. Throws what `readScanReport` throws. */
export async function findReports(
  subject: Subject,
  paths: readonly string[],
): Promise<readonly FoundReport[]> {
  const found: FoundReport[] = [];
  for (const path of paths) {
    const file = pathOf(subject, path);
    const text = await readTextIfAny(file);
    if (text === undefined) continue;
    const report = readScanReport(text);
    found.push({ path, at: report.createdAt ?? (await stat(file)).mtimeMs, report });
  }
  return found;
}

interface Expected {
  readonly now: number;
  readonly maxAge: number;
  readonly paths: readonly string[];
  /** Absent outside of a repository. */
  readonly commit?: string;
}

/** What is wrong with the reports themselves, whatever they found. */
export function staleReports(expected: Expected, reports: readonly FoundReport[]): readonly string[] {
  const missing = expected.paths.filter((path) => !reports.some((one) => one.path === path));
  return [
    ...missing.map((path) => `there is no report ${path}`),
    ...reports.flatMap(({ path, at, report }) => {
      const age = expected.now - at;
      if (age > expected.maxAge) return [`${path} is ${formatDuration(age)} old`];
      if (report.commit === undefined || expected.commit === undefined) return [];
      if (report.commit.length >= 7 && expected.commit.startsWith(report.commit)) return [];
      return [`${path} is for commit ${short(report.commit)}, not ${short(expected.commit)}`];
    }),
  ];
}

function judgeScan(expected: Expected, reports: readonly FoundReport[]): Evidence {
  const told = reports.map(
    ({ at, report }) => `${report.tool}, ${formatDuration(Math.max(0, expected.now - at))} old`,
  );
  return judgeFaults(staleReports(expected, reports), told.join('; '), {
    expected: `not older than ${formatDuration(expected.maxAge)}`,
    next: 'Run the scanner on the release commit and keep its report there.',
  });
}

export const scan: Check = {
  id: ID,
  timeLimit: 30_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    const paths = settings.report ?? [];
    if (paths.length === 0) {
      return inconclusive('no scan report is named', "Name it under 'report' in the check's settings.");
    }
    const reports = await findReports(subject, paths);
    const repository = await findRepository(subject, probe, settings.repository);
    const commit = repository && (await releaseCommit(repository, settings.commit));
    return judgeScan(
      { now: probe.clock.now(), maxAge: settings.maxAge, paths, ...(commit === undefined ? {} : { commit }) },
      reports,
    );
  },
};
