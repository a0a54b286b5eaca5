import type { ProbeEntry } from '../checks/catalog/probe.ts';
import type { ItemId } from '../kernel/ids.ts';
import { type Match, rank } from './match.ts';
import type { Binding, Checklist, ChecklistItem } from './model.ts';
import { type PhraseIndex, phraseIndex } from './phrase-index.ts';
import { sectionContext } from './section-context.ts';
import { type Words, wordsOf } from './words.ts';

/** Who or what should answer for an item, and how sure that is. */
export interface Proposal {
  readonly item: ItemId;
  readonly line: number;
  readonly text: string;
  readonly binding: Binding;
  /** Between 0 and 1; 1 for what a comment says. For a person, how sure it is that no probe fits. */
  readonly confidence: number;
  readonly source: 'comment' | 'catalogue' | 'nobody-else';
  /** What else came near, the likeliest first. */
  readonly alternatives: readonly { readonly check: string; readonly confidence: number }[];
}

/** Below this a proposal is more often wrong than the work of binding by hand is worth. */
const SURE_ENOUGH = 0.66;
/** Two probes closer than this cannot be told apart by words. */
const APART = 0.04;

/** The phrases of a catalogue never change, and taking them apart costs more than matching one item. */
const INDEXES = new WeakMap<readonly ProbeEntry[], PhraseIndex>();

function indexOf(probes: readonly ProbeEntry[]): PhraseIndex {
  const index = INDEXES.get(probes) ?? phraseIndex(probes);
  INDEXES.set(probes, index);
  return index;
}

/**
 * A proposal for each item, in the document's order. What a comment binds stays; what no probe matches surely enough
 * goes to a person, since a wrong proof is worse than none.
 */
export function proposeBindings(checklist: Checklist, probes: readonly ProbeEntry[]): Proposal[] {
  const index = indexOf(probes);
  const proposals = new Map<ItemId, Proposal>();
  const byId = new Map(probes.map((probe) => [probe.id, probe]));
  for (const item of checklist.items) {
    const above = item.parent === undefined ? undefined : proposals.get(item.parent)?.binding;
    const parentProbe = above?.kind === 'check' ? byId.get(above.check) : undefined;
    proposals.set(item.id, propose(item, parentProbe, index));
  }
  for (const item of checklist.items) gather(item, checklist.items, proposals);
  return [...proposals.values()];
}

function propose(item: ChecklistItem, parent: ProbeEntry | undefined, index: PhraseIndex): Proposal {
  const about = { item: item.id, line: item.line, text: item.text };
  if (item.binding)
    return { ...about, binding: item.binding, confidence: 1, source: 'comment', alternatives: [] };
  const words = wordsOf(item.text);
  const matches = rank(words, sectionContext(item.section), index);
  const alternatives = matches
    .slice(0, 3)
    .map(({ probe, score }) => ({ check: probe.id, confidence: round(score) }));
  const inherited = parent && inherit(words, parent);
  const [first, second] = matches;
  if (inherited && (first === undefined || first.score < 1 || first.probe === parent)) {
    return { ...about, binding: inherited, confidence: 0.9, source: 'catalogue', alternatives };
  }
  if (first && first.score >= SURE_ENOUGH && first.score - (second?.score ?? 0) >= APART) {
    const binding = bindingTo(first, words);
    return {
      ...about,
      binding,
      confidence: round(first.score),
      source: 'catalogue',
      alternatives: alternatives.slice(1),
    };
  }
  const confidence = round(1 - (first?.score ?? 0));
  return { ...about, binding: person(item.text), confidence, source: 'nobody-else', alternatives };
}

const round = (score: number): number => Math.round(Math.max(0, Math.min(1, score)) * 100) / 100;

function bindingTo({ probe }: Match, words: Words): Binding {
  const { percentile } = words;
  return {
    kind: 'check',
    check: probe.id,
    options: {
      ...statedExpectation(probe, words),
      ...(percentile !== undefined && probe.expectation?.quantity === 'duration' ? { percentile } : {}),
    },
  };
}

/** The item's own number, under the name by which the probe knows it. */
function statedExpectation(probe: ProbeEntry, words: Words): Record<string, string> {
  const wanted = probe.expectation;
  const stated = words.quantities.find(({ kind }) => kind === wanted?.quantity);
  return wanted && stated ? { [wanted.option]: stated.value } : {};
}

/** `Backend < 200MB` under `Image sizes:` is the parent's check for one service. */
function inherit(words: Words, parent: ProbeEntry): Binding | undefined {
  const stated = statedExpectation(parent, words);
  if (Object.keys(stated).length === 0 || words.written.length === 0 || words.written.length > 2)
    return undefined;
  return { kind: 'check', check: parent.id, options: { service: words.written.join('-'), ...stated } };
}

/** A parent with nothing but sub-items of its own check passes when all of them do. */
function gather(
  item: ChecklistItem,
  items: readonly ChecklistItem[],
  proposals: Map<ItemId, Proposal>,
): void {
  const own = proposals.get(item.id);
  if (own?.source !== 'catalogue' || own.binding.kind !== 'check') return;
  const { check } = own.binding;
  const children = items.filter(({ parent }) => parent === item.id);
  const alike = children.every(({ id }) => {
    const binding = proposals.get(id)?.binding;
    return binding?.kind === 'check' && binding.check === check;
  });
  if (children.length > 0 && alike) {
    proposals.set(item.id, { ...own, binding: { kind: 'check', check, options: { of: 'children' } } });
  }
}

/** The role that an item without a probe falls to, by what it asks for. */
function person(text: string): Binding {
  const role = /\bapprov(?:al|e[sdr]?)\b|\bsign(?:ed)?[\s-]?off\b|\bgo[\s/-]?no[\s-]?go\b/i.test(text)
    ? 'approver'
    : /\breview/i.test(text)
      ? 'reviewer'
      : 'deployer';
  return { kind: 'person', role, options: {} };
}
