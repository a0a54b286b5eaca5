import { HoldpointError } from '../kernel/errors.ts';
import type { RunState } from '../release/state.ts';
import { type Block, readBlock } from '../watch/block.ts';
import type { Declared } from '../watch/declared.ts';
import { type Decision, decide, observe, openGate } from '../watch/gate/decide.ts';
import { readTerms, type WatchTerms } from '../watch/terms.ts';

/** The watch of a run as its log holds it. */
export interface WatchRead {
  readonly terms: WatchTerms;
  /** In the order of the rules; undefined where the log does not name one. */
  readonly levels: readonly (Declared | undefined)[];
  readonly beganAt: number;
  readonly blocks: readonly Block[];
}

export type ReadWatch =
  | { readonly kind: 'read'; readonly watch: WatchRead }
  /** Nothing was watched, by terms that are written down; or the blocks were only counted, for a quick look. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly why: HoldpointError };

/** Reads terms and blocks. What somebody broke is said, and hides nothing else of the run. */
export function readWatch({ watch, openedAt }: Pick<RunState, 'watch' | 'openedAt'>): ReadWatch {
  if (watch.terms === undefined || watch.blocks.length === 0 || watch.blocks.includes(undefined)) {
    return { kind: 'none' };
  }
  try {
    const terms = readTerms(watch.terms);
    const blocks = watch.blocks.map(readBlock);
    const first = blocks[0];
    const beganAt = watch.beganAt ?? (first === undefined ? openedAt : first.at - first.milliseconds);
    const levels = terms.rules.objectives.map(({ id }) => terms.declared?.find((level) => level.id === id));
    return { kind: 'read', watch: { terms, levels, beganAt, blocks } };
  } catch (error) {
    if (error instanceof HoldpointError) return { kind: 'unreadable', why: error };
    throw error;
  }
}

/** The levels for whoever needs all of them named; none where the log does not name each. */
export function namedLevels({ levels }: WatchRead): readonly Declared[] {
  const named = levels.filter((level): level is Declared => level !== undefined);
  return named.length === levels.length ? named : [];
}

/** What the gate says after the last block. */
export const lastDecision = ({ terms, blocks }: WatchRead): Decision =>
  decide(blocks.reduce(observe, openGate(terms.rules)));

/** What it said after each block: its evidence is a function of them, and of nothing else. */
export function decisions({ terms, blocks }: WatchRead): readonly Decision[] {
  const said: Decision[] = [];
  let gate = openGate(terms.rules);
  for (const block of blocks) {
    gate = observe(gate, block);
    said.push(decide(gate));
  }
  return said;
}

/** Milliseconds from the beginning to the last look, and those of the whole window. */
export function spanOf({ terms, beganAt, blocks }: WatchRead): { elapsed: number; window: number } {
  return { elapsed: Math.max(0, (blocks.at(-1)?.at ?? beganAt) - beganAt), window: terms.rules.window };
}
