import type { RunState } from '../../release/state.ts';
import { formatInstant } from '../instant.ts';
import { nameOf } from '../people.ts';
import { newestSignatures } from '../sign-offs.ts';
import { counted, inline, table } from './markdown.ts';

/** Hexadecimal digits that name a revision. */
const SHORT = 12;

const revision = ({ version, digest }: { readonly version: string; readonly digest: string }): string =>
  `${inline(version)} (${inline(digest.slice(0, SHORT))})`;

/** What was released where, by whom, and who decided what. */
export function facts(state: RunState): readonly string[] {
  const { opened, rollback, proposal, closed, adoptions } = state;
  const from = opened.from === undefined ? 'nothing: the first deployment' : revision(opened.from);
  const signed = newestSignatures(state).map(
    ({ role, by, answer }) => `${inline(nameOf(by))} as ${role}: ${answer}`,
  );
  return table(
    ['fact', 'as the log has it'],
    [
      ['system', inline(opened.name)],
      ['environment', inline(opened.environment)],
      ['new version', revision(opened.to)],
      ['version before', from],
      ['run', inline(state.run)],
      ['started by', inline(nameOf(opened.by))],
      ['opened', formatInstant(state.openedAt)],
      ['T', state.deployedAt === undefined ? 'never: nothing was deployed' : formatInstant(state.deployedAt)],
      ['severity', rollback?.severity ?? 'none: nobody decided to go back'],
      ['decided by', rollback === undefined ? 'nobody' : inline(rollback.by)],
      ...(proposal === undefined
        ? []
        : [['proposed', `${formatInstant(proposal.at)} (${proposal.severity})`]]),
      ...(signed.length === 0 ? [] : [['signed', signed.join('; ')]]),
      ['outcome', closed === undefined ? 'still open' : closed.outcome],
      ['closed', closed === undefined ? 'still open' : formatInstant(closed.at)],
      ['resumed', state.resumes === 0 ? 'never' : counted(state.resumes, 'time')],
      ...(adoptions.length === 0 ? [] : [['changes adopted', counted(adoptions.length, 'time')]]),
      ['Holdpoint', inline(opened.product)],
      ...(opened.timeScale === 1 ? [] : [['time scale', String(opened.timeScale)]]),
    ],
  );
}
