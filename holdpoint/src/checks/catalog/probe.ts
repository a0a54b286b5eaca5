import { type CheckId, checkId } from '../../kernel/ids.ts';

export type ProbeTarget = 'process' | 'compose' | 'kubernetes';

/** When in a release the probe is asked. */
export type Stage = 'readiness' | 'verification' | 'smoke' | 'watch';

export type Quantity = 'bytes' | 'duration' | 'percent' | 'count' | 'range';

/** A number that the probe compares with, and the name under which an item's comment sets it. */
export interface Expectation {
  readonly option: string;
  readonly quantity: Quantity;
  readonly bound: 'at-most' | 'at-least' | 'within';
  /** As it would be written in a comment: `21d`, `1%`, `200MB`. */
  readonly default?: string;
  readonly defaultByService?: Readonly<Record<string, string>>;
}

/** What one probe is called, in how many ways people write it, and what proves it. */
export interface ProbeEntry {
  readonly id: CheckId;
  readonly stage: Stage;
  readonly group: string;
  readonly title: string;
  /** Phrases of other people's checklists that mean this probe and no other. */
  readonly synonyms: readonly string[];
  /** One sentence: what is seen when the item is true. */
  readonly evidence: string;
  readonly expectation?: Expectation;
  readonly appliesTo: readonly ProbeTarget[];
  /** For every target that is not in `appliesTo`, why not. */
  readonly notApplicable: Readonly<Partial<Record<ProbeTarget, string>>>;
}

type Draft = Omit<ProbeEntry, 'id' | 'stage' | 'group' | 'appliesTo' | 'notApplicable'> & {
  readonly notApplicable?: ProbeEntry['notApplicable'];
};

const TARGETS: readonly ProbeTarget[] = ['process', 'compose', 'kubernetes'];

/** Entries of one group; each key becomes `group.key`, and a probe applies wherever no reason speaks against it. */
export function group(name: string, stage: Stage, drafts: Readonly<Record<string, Draft>>): ProbeEntry[] {
  return Object.entries(drafts).map(([key, draft]) => {
    const notApplicable = draft.notApplicable ?? {};
    return {
      ...draft,
      id: checkId(`${name}.${key}`),
      stage,
      group: name,
      appliesTo: TARGETS.filter((target) => notApplicable[target] === undefined),
      notApplicable,
    };
  });
}
