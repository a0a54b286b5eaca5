import type { Checklist, ChecklistItem, Outcome } from '../checklist/model.ts';
import type { ItemId } from '../kernel/ids.ts';
import { combine, VERDICTS, type Verdict } from '../kernel/verdict.ts';
import { isAboutTheWayBack } from '../release/agenda.ts';
import { evidenceKey } from '../release/evidence-key.ts';
import { evidenceOf, type RunState } from '../release/state.ts';
import { formatInstant } from './instant.ts';
import { nameOf } from './people.ts';

/** What is known of every item of the checklist. An item that nobody has settled is `inconclusive`, never left out. */
export function outcomesOf(state: RunState, checklist: Checklist): ReadonlyMap<ItemId, Outcome> {
  const outcomes = new Map<ItemId, Outcome>();
  const childrenOf = Map.groupBy(checklist.items, ({ parent }) => parent);
  // Sub-items stand after their parents, so from the end every parent finds its sub-items settled.
  for (const item of [...checklist.items].reverse()) {
    outcomes.set(item.id, outcomeOf(state, item, childrenOf.get(item.id) ?? [], outcomes));
  }
  return new Map(checklist.items.flatMap(({ id }) => entryOf(outcomes, id)));
}

const entryOf = (outcomes: ReadonlyMap<ItemId, Outcome>, id: ItemId): [ItemId, Outcome][] => {
  const outcome = outcomes.get(id);
  return outcome === undefined ? [] : [[id, outcome]];
};

function outcomeOf(
  state: RunState,
  item: ChecklistItem,
  children: readonly ChecklistItem[],
  outcomes: ReadonlyMap<ItemId, Outcome>,
): Outcome {
  const { binding } = item;
  const back = isAboutTheWayBack(item);
  if (back && state.rollback === undefined) {
    return { verdict: 'not-applicable', summary: 'nothing was rolled back' };
  }
  // What no check proves, a person answers for, also where nobody has said so.
  if (binding === undefined) return personal(state, item.id, 'reviewer', 'is bound to no check, and waits');
  if (binding.kind === 'person') return personal(state, item.id, binding.role, 'waits');
  if (binding.options['of'] === 'children') {
    return together(children.flatMap(({ id }) => outcomes.get(id)?.verdict ?? []));
  }
  return checked(state, evidenceKey(back ? 'rollback' : 'readiness', binding.check));
}

const unsettled = (why: string, next?: string): Outcome => ({
  verdict: 'inconclusive',
  summary: `nobody has settled this yet: ${why}`,
  ...(next === undefined ? {} : { next }),
});

function checked(state: RunState, check: string): Outcome {
  const evidence = evidenceOf(state, check);
  const settled = state.checks.get(check);
  if (evidence === undefined || settled === undefined)
    return unsettled(`${check} has not run in this release`);
  const waiver = evidence.verdict === 'waived' ? state.waivers.get(check) : undefined;
  const source = waiver ?? settled;
  const { details, expected, measured, next } = evidence;
  return {
    verdict: evidence.verdict,
    summary: evidence.summary,
    ...(details === undefined ? {} : { details }),
    ...(expected === undefined ? {} : { expected }),
    ...(measured === undefined ? {} : { measured }),
    ...(next === undefined ? {} : { next }),
    by: waiver === undefined ? check : nameOf(waiver.by),
    at: formatInstant(source.at),
    hash: source.hash,
  };
}

function personal(state: RunState, item: ItemId, role: string, open: string): Outcome {
  const attested = state.attestations.get(item);
  if (attested !== undefined) {
    const { by, at, hash, note } = attested;
    const summary = `attested by ${nameOf(by)} as ${attested.role}${note === '' ? '' : `: ${note}`}`;
    return { verdict: 'attested', summary, by: nameOf(by), at: formatInstant(at), hash };
  }
  const refused = state.refusals.get(item);
  if (refused !== undefined) {
    const { by, at, hash, reason } = refused;
    const summary = `refused by ${nameOf(by)}: ${reason}`;
    return { verdict: 'fail', summary, by: nameOf(by), at: formatInstant(at), hash };
  }
  return unsettled(`it ${open} for the ${role}`, `Answer with \`holdpoint sign ${item} --as NAME\`.`);
}

/** A group stands or falls with its sub-items; without any it proves nothing. */
function together(verdicts: readonly Verdict[]): Outcome {
  if (verdicts.length === 0) return unsettled('it is to be judged by its sub-items, and has none');
  const counts = VERDICTS.flatMap((verdict) => {
    const count = verdicts.filter((one) => one === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  return {
    verdict: combine(verdicts),
    summary: `of ${verdicts.length} sub-item${verdicts.length === 1 ? '' : 's'}: ${counts.join(', ')}`,
  };
}
