import { join } from 'node:path';
import { EXIT } from '../../kernel/errors.ts';
import type { Journal } from '../../release/journal.ts';
import type { Project } from '../../release/project.ts';
import type { RunEnd } from '../../release/run.ts';
import { faultOf } from '../../release/step.ts';
import { runJson } from '../../report/json.ts';
import { standingOf } from '../../report/standing.ts';
import { summaryLines } from '../../report/summary.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';
import type { Finished } from '../finished.ts';
import { writeReports } from '../report/report.ts';

const OUTCOME_STATUS = {
  promoted: 0,
  'rolled-back': EXIT['rolled-back'],
  failed: EXIT['check-failed'],
  abandoned: EXIT['check-failed'],
};

const folderOf = (project: Project, run: string): string => join(project.state, 'runs', run);
/** Written last: while it does not hold the end of the run, its reports may be missing. */
const LOG = 'log.jsonl';

/** Whether a run's reports tell its end; a process may be killed between the two. */
export async function isReported(project: Project, { run, state }: Journal): Promise<boolean> {
  const text = await readTextIfAny(join(folderOf(project, run), LOG));
  return text?.trimEnd().split('\n').at(-1)?.includes(`"hash":"${state.head.hash}"`) === true;
}

/** The end of a run, for people and for programs: its report is written, whatever the end was. */
export async function finishRun(project: Project, journal: Journal, end: RunEnd): Promise<Finished> {
  const standing = standingOf(journal.state, false);
  const folder = folderOf(project, journal.run);
  const events = await project.log.read(journal.run);
  const { evidence } = project.specification;
  const reports = await writeReports(folder, events, journal.state, standing, evidence);
  const log = join(folder, LOG);
  await writeAtomically(log, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const written = [...reports, { label: 'Log', path: log }];
  const lines = ['', ...summaryLines(journal.state, standing, written)];
  const result = {
    run: runJson(journal.state, standing),
    files: written.map(({ label, path }) => ({ label, path })),
  };
  switch (end.kind) {
    case 'closed':
      return { status: OUTCOME_STATUS[end.outcome], lines, result };
    case 'promoted':
      return { status: 0, lines, result };
    case 'waiting':
      return { status: EXIT.waiting, lines, result };
    case 'stopped': {
      const { message, next, code, details } = end.error;
      const said = [
        `stopped: ${message}`,
        ...details.map((line) => `  ${line}`),
        ...(next === undefined ? [] : [`next: ${next}`]),
      ];
      return {
        status: EXIT[code],
        lines: [...lines, ...said],
        result: { ...result, error: faultOf(end.error) },
      };
    }
    default:
      return end satisfies never;
  }
}
