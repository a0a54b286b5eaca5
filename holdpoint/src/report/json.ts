import type { Checklist } from '../checklist/model.ts';
import type { Json } from '../kernel/canonical.ts';
import { evidenceOf, type RunState } from '../release/state.ts';
import { outcomesOf } from './outcomes.ts';
import type { Standing } from './standing.ts';
import { watchJson } from './watch-json.ts';
import { returnTimes } from './way-back.ts';

/** Anything made of plain data, without the fields that are undefined. */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

export type RunJson = Readonly<Record<string, Json>>;

/** A run without its checklist: what `status` and `report` share. Instants are milliseconds since the epoch. */
export function runJson(state: RunState, standing: Standing): RunJson {
  const { opened, watch } = state;
  return plain({
    id: state.run,
    name: opened.name,
    environment: opened.environment,
    version: opened.version,
    to: opened.to,
    from: opened.from,
    by: opened.by,
    product: opened.product,
    timeScale: opened.timeScale,
    openedAt: state.openedAt,
    deployedAt: state.deployedAt,
    condition: standing.condition,
    doing: standing.doing,
    since: standing.since,
    waitingFor: standing.waitingFor,
    next: standing.next,
    resumes: state.resumes,
    phases: [...state.phases.values()],
    checks: [...state.checks.values()].map((settled) => ({
      ...settled,
      evidence: evidenceOf(state, settled.check),
    })),
    steps: [...state.steps.values()],
    watch: { ...watchJson(state), decided: watch.decided && withoutType(watch.decided) },
    rollout: state.rollout,
    synthetic: state.synthetic,
    edge: state.edge,
    waivers: [...state.waivers].map(([check, waiver]) => ({ check, ...waiver })),
    attestations: [...state.attestations].map(([item, word]) => ({ item, ...word })),
    refusals: [...state.refusals].map(([item, word]) => ({ item, ...word })),
    signatures: state.signatures,
    adoptions: state.adoptions.map(({ checklist, ...adopted }) => ({
      ...withoutType(adopted),
      checklist: { file: checklist.file, digest: checklist.digest },
    })),
    wayBack: state.wayBack && { ...withoutType(state.wayBack), accepted: state.wayBackAccepted },
    proposal: state.proposal && withoutType(state.proposal),
    loss: state.loss && { ...withoutType(state.loss), accepted: state.lossAccepted },
    rollback: state.rollback && { ...withoutType(state.rollback), ...backTimes(state) },
    notified: state.notified.map(withoutType),
    closed: state.closed && withoutType(state.closed),
    head: state.head,
  }) as RunJson;
}

/** When the old version was back, and how long that took since the decision. */
function backTimes(state: RunState): Readonly<Record<string, number | undefined>> {
  const { decidedAt, aloneAt, verifiedAt } = returnTimes(state) ?? {};
  const milliseconds = decidedAt === undefined || aloneAt === undefined ? undefined : aloneAt - decidedAt;
  return { aloneAt, verifiedAt, milliseconds };
}

function withoutType<Body extends { readonly type: string }>({
  type: _type,
  ...rest
}: Body): Omit<Body, 'type'> {
  return rest;
}

/** The items of the run's checklist with what is known of each. */
export function itemsJson(state: RunState, checklist: Checklist): Json {
  const outcomes = outcomesOf(state, checklist);
  return plain(
    checklist.items.map(({ id, text, section, line, parent, binding }) => ({
      id,
      text,
      section,
      line,
      parent,
      binding,
      outcome: outcomes.get(id),
    })),
  );
}
