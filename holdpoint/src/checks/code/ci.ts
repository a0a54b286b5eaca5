import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { readTextIfAny } from '../../system/files.ts';
import type { Check } from '../check.ts';
import { pathOf, readSettings, words } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { readJunit, type TestReport } from './junit.ts';
import { findRepository, releaseCommit, short } from './repository.ts';

const ID = checkId('code.ci');

const Settings = z.strictObject({
  /** One JUnit report, or several. */
  junit: words.optional(),
  maxAge: duration.default(7 * 86_400_000),
  repository: z.string().default('.'),
  commit: z.string().default('HEAD'),
});

interface Expected {
  readonly now: number;
  readonly maxAge: number;
  /** Absent outside of a repository. */
  readonly commit?: { readonly id: string; readonly at: number };
}

interface ReadReport {
  readonly path: string;
  /** When the file was written, for reports that do not say when they ran. */
  readonly writtenAt: number;
  readonly report: TestReport;
}

export function judgeCi(expected: Expected, reports: readonly ReadReport[]): Evidence {
  const tests = reports.reduce((sum, { report }) => sum + report.tests - report.skipped, 0);
  const faults = reports.flatMap(({ path, writtenAt, report }) => [
    ...report.failed.map((name) => `${name} failed`),
    ...staleness(expected, path, report.ranAt ?? writtenAt, report.commit),
  ]);
  if (faults.length === 0 && tests === 0) {
    return inconclusive('the reports hold no test that ran', 'Run the test suite in CI and keep its report.');
  }
  const skipped = reports.reduce((sum, { report }) => sum + report.skipped, 0);
  return judgeFaults(faults, `${tests} tests passed, 0 failed, ${skipped} skipped`, {
    expected: '0 failed, at least 1 test',
    measured: `${reports.reduce((sum, { report }) => sum + report.failed.length, 0)} failed of ${tests}`,
    next: 'Mend the tests and let CI run on the release commit.',
  });
}

function staleness(expected: Expected, path: string, at: number, commit?: string): readonly string[] {
  const age = expected.now - at;
  if (commit !== undefined && expected.commit !== undefined) {
    if (commit.length >= 7 && expected.commit.id.startsWith(commit)) return [];
    return [`${path} is for commit ${short(commit)}, not ${short(expected.commit.id)}`];
  }
  if (age > expected.maxAge) return [`${path} is ${formatDuration(age)} old`];
  if (expected.commit !== undefined && at < expected.commit.at) {
    return [`${path} is older than commit ${short(expected.commit.id)}`];
  }
  return [];
}

export const ci: Check = {
  id: ID,
  timeLimit: 30_000,
  run: async (subject, probe) => {
    const { junit, maxAge, ...at } = readSettings(subject, ID, Settings);
    if (junit === undefined || junit.length === 0) {
      return inconclusive(
        'no CI report is named',
        "Name the JUnit report under 'junit' in the check's settings.",
      );
    }
    const reports: ReadReport[] = [];
    for (const written of junit) {
      const path = pathOf(subject, written);
      const xml = await readTextIfAny(path);
      if (xml === undefined)
        return inconclusive(`there is no ${written}`, 'Let CI write its JUnit report there.');
      reports.push({ path: written, writtenAt: (await stat(path)).mtimeMs, report: readJunit(xml) });
    }
    const repository = await findRepository(subject, probe, at.repository);
    const id = repository && (await releaseCommit(repository, at.commit));
    const seconds = repository && id && (await repository.git('show', '-s', '--format=%ct', id));
    const commit = id === undefined ? {} : { commit: { id, at: Number(seconds) * 1_000 } };
    return judgeCi({ now: probe.clock.now(), maxAge, ...commit }, reports);
  },
};
