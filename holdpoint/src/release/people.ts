import type { ChecklistItem } from '../checklist/model.ts';
import { settles, type Verdict } from '../kernel/verdict.ts';
import type { RunContext } from './context.ts';
import { recordOf } from './desk.ts';
import type { PhaseName } from './phase-names.ts';
import { endOf, type PhaseEnd, waiting } from './phases/phase.ts';

/** Items that no check proves; an item that nobody has bound is a person's too. */
export function personItems({ agenda }: RunContext, phase: PhaseName): readonly ChecklistItem[] {
  return (agenda.get(phase) ?? []).filter(({ binding }) => binding?.kind !== 'check');
}

/**
 * Asks the desk for every item of the phase that a person must attest, and returns those that are still open after it.
 * A parent whose sub-items say everything is settled by them.
 */
export async function askForAttestations(
  context: RunContext,
  phase: PhaseName,
): Promise<readonly ChecklistItem[]> {
  const { journal, desk } = context;
  const open: ChecklistItem[] = [];
  for (const item of personItems(context, phase)) {
    if (journal.state.attestations.has(item.id)) continue;
    const role = item.binding?.kind === 'person' ? item.binding.role : 'reviewer';
    const answer = await desk.attest({
      item: item.id,
      text: item.text,
      section: item.section.at(-1) ?? '',
      role,
    });
    if (answer === undefined) {
      open.push(item);
      continue;
    }
    const by = recordOf(answer);
    if (answer.answer === 'attest') {
      await journal.record({ type: 'item.attested', item: item.id, by, role, note: answer.note });
    } else {
      await journal.record({ type: 'item.refused', item: item.id, by, reason: answer.note });
      open.push(item);
    }
  }
  return open;
}

/** Verdicts of the phase's person items: attested, refused (a fail), or not yet answered. */
export function personVerdicts(context: RunContext, phase: PhaseName): readonly Verdict[] {
  const { attestations, refusals } = context.journal.state;
  return personItems(context, phase).map(({ id }) =>
    attestations.has(id) ? 'attested' : refusals.has(id) ? 'fail' : 'inconclusive',
  );
}

/**
 * The end of a phase once people have answered for their items of it: a refusal fails it, an open question makes it
 * wait. Where the checks have decided already, nobody is asked.
 */
export async function endWithPeople(
  context: RunContext,
  phase: PhaseName,
  proven: readonly Verdict[],
): Promise<PhaseEnd> {
  if (!proven.every(settles)) return endOf(proven);
  const open = await askForAttestations(context, phase);
  const said = personVerdicts(context, phase);
  if (open.length === 0 || said.includes('fail')) return endOf([...proven, ...said]);
  const { what, next } = attestationRequest(open);
  return waiting(what, next);
}

/** What to tell whoever has to answer. */
export function attestationRequest(items: readonly ChecklistItem[]): { what: string[]; next: string } {
  const what = items.map(
    ({ id, text, binding }) => `${binding?.kind === 'person' ? binding.role : 'reviewer'}: ${text} (${id})`,
  );
  const first = items[0]?.id ?? 'ITEM';
  return {
    what,
    next: `Answer with \`holdpoint sign ${first} --as NAME\` and go on with \`holdpoint resume\`.`,
  };
}
