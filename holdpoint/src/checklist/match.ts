import type { ProbeEntry } from '../checks/catalog/probe.ts';
import type { Phrase, PhraseIndex } from './phrase-index.ts';
import type { SectionContext } from './section-context.ts';
import type { Words } from './words.ts';

export interface Match {
  readonly probe: ProbeEntry;
  /** 0 when nothing fits; at and above 1 everything does. */
  readonly score: number;
}

const SAME_STAGE = 1.1;
const OTHER_STAGE = 0.84;
/** Where no heading names a stage, a checklist is most often one of readiness. */
const LATER_STAGE = 0.95;
const SAME_GROUP = 1.1;
const OTHER_GROUP = 0.92;
const FITTING_NUMBER = 1.08;
/** A number with a unit that the probe does not measure. */
const FOREIGN_NUMBER = 0.8;
const CONTRADICTING_NUMBER = 0.5;
/** One word in common says little when the phrase is made of several. */
const SINGLE_WORD = 0.85;
/** What a phrase's word counts that stands in the heading instead of the item. */
const FROM_HEADING = 0.6;

/** Harmonic mean of how much of the phrase the item says and how much of the item the phrase explains. */
function likeness(words: Words, context: SectionContext, phrase: Phrase, index: PhraseIndex): number {
  let said = 0;
  let explained = 0;
  let total = 0;
  let common = 0;
  for (const [word, kind] of words.kinds) {
    const weight = index.weightOf(word, words);
    total += weight;
    if (!phrase.words.has(word)) continue;
    explained += weight;
    said += weight;
    if (kind === 'content') common += 1;
  }
  if (common === 0) return 0;
  for (const word of phrase.words) {
    if (words.kinds.has(word) || !context.words.has(word)) continue;
    said += FROM_HEADING * index.weightOf(word, words);
    common += 1;
  }
  const recall = Math.min(1, said / phrase.weight);
  const precision = explained / total;
  const mean = (2 * recall * precision) / (recall + precision);
  return common === 1 && phrase.contentWords > 1 ? mean * SINGLE_WORD : mean;
}

function stageFactor(probe: ProbeEntry, { stage }: SectionContext): number {
  if (stage === undefined) return probe.stage === 'readiness' ? 1 : LATER_STAGE;
  return probe.stage === stage ? SAME_STAGE : OTHER_STAGE;
}

function groupFactor(probe: ProbeEntry, { groups }: SectionContext): number {
  if (probe.stage !== 'readiness' || groups.size === 0) return 1;
  return groups.has(probe.group) ? SAME_GROUP : OTHER_GROUP;
}

function numberFactor(probe: ProbeEntry, words: Words): number {
  const wanted = probe.expectation;
  if (words.quantities.length === 0) return 1;
  const same = words.quantities.find(({ kind }) => kind === wanted?.quantity);
  if (wanted === undefined || same === undefined) return FOREIGN_NUMBER;
  const opposite = wanted.bound === 'at-most' ? 'above' : wanted.bound === 'at-least' ? 'below' : undefined;
  return same.bound !== undefined && same.bound === opposite ? CONTRADICTING_NUMBER : FITTING_NUMBER;
}

/** Every probe that shares a word with the item, the likeliest first. */
export function rank(words: Words, context: SectionContext, index: PhraseIndex): Match[] {
  return index.entries
    .map(({ probe, phrases }) => {
      const best = phrases.reduce((top, phrase) => Math.max(top, likeness(words, context, phrase, index)), 0);
      const factors = stageFactor(probe, context) * groupFactor(probe, context) * numberFactor(probe, words);
      return { probe, score: best * factors };
    })
    .filter(({ score }) => score > 0.05)
    .sort((one, other) => other.score - one.score);
}
