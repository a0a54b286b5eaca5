import type { Stage } from '../checks/catalog/probe.ts';
import { wordsOf } from './words.ts';

/** What the headings above an item say about where it belongs. */
export interface SectionContext {
  readonly stage: Stage | undefined;
  readonly groups: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
}

const GROUP_WORDS: Readonly<Record<string, string>> = {
  code: 'code repository source build quality',
  images: 'image container registry',
  configuration: 'configuration environment',
  database: 'database data schema migration',
  infrastructure: 'infrastructure network cluster kubernetes cloud',
  security: 'security hardening compliance',
  monitoring: 'monitoring logging alert observability',
  backup: 'backup recovery disaster recovery continuity',
};

const GROUPS: readonly (readonly [string, ReadonlySet<string>])[] = Object.entries(GROUP_WORDS).map(
  ([group, words]) => [group, new Set(wordsOf(words).kinds.keys())],
);

/** The stage that a heading names by itself. */
function stageOf(heading: string): Stage | undefined {
  const text = heading.toLowerCase();
  if (
    /\bpre[\s-]?(?:deploy|release|launch|flight)|\bbefore\b|\breadiness\b|\bprerequisites?\b|\bpreparation\b/.test(
      text,
    )
  ) {
    return 'readiness';
  }
  if (/\bsmoke\b/.test(text)) return 'smoke';
  if (
    /\bt\s?\+\s?\d|\bafter\b|\bpost[\s-]?(?:deploy|release|launch)|\bwatch\b|\bsoak\b|\bbake\b/.test(text)
  ) {
    return /\bverif|\bvalidat|\bsanity\b/.test(text) ? 'verification' : 'watch';
  }
  return /\bverif|\bvalidation\b|\bsanity\b|\broll[\s-]?back\b/.test(text) ? 'verification' : undefined;
}

/** The innermost heading that says something wins, for the stage and for the group each. */
export function sectionContext(section: readonly string[]): SectionContext {
  const inward = [...section].reverse();
  const stage = inward.map(stageOf).find((found) => found !== undefined);
  const words = inward.map((heading) => new Set(wordsOf(heading).kinds.keys()));
  const groups = words
    .map((present) =>
      GROUPS.filter(([, own]) => [...own].some((word) => present.has(word))).map(([group]) => group),
    )
    .find((found) => found.length > 0);
  return { stage, groups: new Set(groups), words: words[0] ?? new Set() };
}
