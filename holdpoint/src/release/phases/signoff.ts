import { HoldpointError } from '../../kernel/errors.ts';
import { settles } from '../../kernel/verdict.ts';
import { assertMaySign, type GivenSignature, type SignOffSheet, standing } from '../../signoff/rules.ts';
import { ROLES, type Role } from '../../signoff/settings.ts';
import type { RunContext } from '../context.ts';
import { recordOf } from '../desk.ts';
import { endWithPeople, personVerdicts } from '../people.ts';
import { type Phase, settled, tally, waiting } from './phase.ts';

/** Three names under what the log says now. A refusal by any of them is an answer too: the release goes back. */
export const signoff: Phase = {
  name: 'signoff',
  async run(context) {
    const { journal } = context;
    const seen = await endWithPeople(context, 'signoff', []);
    if (seen.kind === 'waiting' || !settles(seen.verdict)) return seen;
    for (const role of standing(sheetOf(context).signatures).missing) await askToSign(context, role);
    const { missing, refused } = standing(sheetOf(context).signatures);
    const [refusal] = refused;
    if (refusal !== undefined)
      return settled('fail', `${refusal.name} refuses as ${refusal.role}: ${refusal.reason}`);
    if (missing.length > 0) {
      return waiting(
        missing.map((role) => `the signature of the ${role}`),
        `Sign with \`holdpoint sign ${missing[0]} --as NAME\` and go on with \`holdpoint resume\`.`,
      );
    }
    return settled(
      'attested',
      ROLES.map(
        (role) => `${role} ${journal.state.signatures.findLast((one) => one.role === role)?.by.name ?? ''}`,
      ).join(', '),
    );
  },
};

/** How often somebody who may not sign, or gives no reason, is asked again before the run waits. */
const TRIES = 3;

async function askToSign(context: RunContext, role: Role): Promise<void> {
  const { journal, desk, project } = context;
  let complaint: string | undefined;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const allowed = project.specification.people[role];
    const given = await desk.sign(role, { summary: summaryFor(context), allowed, complaint });
    if (given === undefined) return;
    const { name, answer, reason } = given;
    complaint = complaintAbout(context, { role, name, answer, reason });
    if (complaint !== undefined) continue;
    const by = recordOf(given);
    const { head } = await journal.catchUp();
    await journal.record({ type: 'release.signed', role, by, answer, reason, head: head.hash });
    return;
  }
}

/** Why a signature cannot stand: a mistake of whoever signs, and no reason to take the release back. */
function complaintAbout(context: RunContext, signature: GivenSignature): string | undefined {
  try {
    assertMaySign(sheetOf(context), signature);
    return undefined;
  } catch (error) {
    if (!(error instanceof HoldpointError)) throw error;
    return [error.message, error.next].join('. ');
  }
}

/** Everything that the rules need to judge a signature on this run. */
export function sheetOf({ journal, project }: Pick<RunContext, 'journal' | 'project'>): SignOffSheet {
  const { opened, signatures } = journal.state;
  return {
    startedBy: opened.by.name,
    people: project.specification.people,
    signatures: signatures.map(({ role, by, answer, reason }) => ({ role, name: by.name, answer, reason })),
  };
}

function summaryFor(context: RunContext): readonly string[] {
  const { phases, watch } = context.journal.state;
  return [
    ...[...phases.values()].flatMap(({ name, summary }) =>
      summary === undefined ? [] : [`${name}: ${summary}`],
    ),
    ...(watch.decided === undefined ? [] : [watch.decided.reason]),
    `attested by people: ${tally(personVerdicts(context, 'signoff'))}`,
  ];
}
