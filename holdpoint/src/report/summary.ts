import { formatDuration } from '../kernel/durations.ts';
import { settles } from '../kernel/verdict.ts';
import { evidenceOf, type RunState } from '../release/state.ts';
import { syntheticInWords } from '../release/synthetic-words.ts';
import { nameOf } from './people.ts';
import { phaseLine } from './phases.ts';
import { newestSignatures } from './sign-offs.ts';
import { conditionInWords, type Standing } from './standing.ts';
import { checkCounts } from './status.ts';
import { wayBackLines } from './way-back.ts';

/** A file that was written, and what it is. */
export interface WrittenFile {
  readonly label: string;
  readonly path: string;
}

/** The lines with which a run ends on the terminal. */
export function summaryLines(
  state: RunState,
  standing: Standing,
  files: readonly WrittenFile[],
): readonly string[] {
  const { opened, openedAt, head } = state;
  const end = state.closed?.at ?? head.at;
  const first = `${opened.name} ${opened.version} ${conditionInWords(standing.condition)} after ${formatDuration(end - openedAt)}`;
  return [
    standing.doing === '' || state.closed === undefined ? first : `${first}: ${standing.doing}`,
    ...[...state.phases.values()].map((phase) => phaseLine(phase, end)),
    ...(state.checks.size === 0 ? [] : [`Checks: ${checkCounts(state)}`, ...unsettledChecks(state)]),
    ...watchLines(state),
    ...(state.synthetic === undefined ? [] : [`Synthetic traffic: ${syntheticInWords(state.synthetic)}`]),
    ...(state.edge === undefined ? [] : [edgeLine(state.edge)]),
    ...wayBackLines(state),
    ...newestSignatures(state).map(
      ({ role, by, answer, reason }) =>
        `Signed as ${role}: ${nameOf(by)} ${answer === 'approve' ? 'approved' : 'refused'}${reason === '' ? '' : `, ${reason}`}`,
    ),
    ...standing.waitingFor.map((what) => `Waits for: ${what}`),
    ...(standing.next === undefined ? [] : [`Next: ${standing.next}`]),
    ...files.map(({ label, path }) => `${label}: ${path}`),
  ];
}

/** Every check that does not let the release go on, with what to do about it. */
function unsettledChecks(state: RunState): readonly string[] {
  return [...state.checks.keys()].flatMap((check) => {
    const evidence = evidenceOf(state, check);
    if (evidence === undefined || settles(evidence.verdict)) return [];
    const line = `  ${check} ${evidence.verdict}: ${evidence.summary}`;
    return evidence.next === undefined ? [line] : [line, `    ${evidence.next}`];
  });
}

function watchLines({ watch }: RunState): readonly string[] {
  if (watch.decided === undefined) return [];
  return [`Watch: ${watch.decided.reason}`, ...watch.decided.details.map((detail) => `  ${detail}`)];
}

const edgeLine = ({ requests, lost }: { readonly requests: number; readonly lost: number }): string =>
  `Requests seen by the edge: ${requests.toLocaleString('en-US')}, lost: ${lost.toLocaleString('en-US')}`;
