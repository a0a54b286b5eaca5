import type { Evidence } from '../kernel/verdict.ts';

type Parts = Omit<Evidence, 'verdict' | 'summary'>;

export const pass = (summary: string, parts: Parts = {}): Evidence => ({
  verdict: 'pass',
  summary,
  ...parts,
});
export const fail = (summary: string, parts: Parts = {}): Evidence => ({
  verdict: 'fail',
  summary,
  ...parts,
});
export const inconclusive = (summary: string, next: string): Evidence => ({
  verdict: 'inconclusive',
  summary,
  next,
});
export const notApplicable = (summary: string): Evidence => ({ verdict: 'not-applicable', summary });

/** Fails with the faults as details, the first of them in the summary; passes when there is none. */
export function judgeFaults(faults: readonly string[], good: string, parts: Parts = {}): Evidence {
  const [first, ...others] = faults;
  if (first === undefined) {
    const { next: _, ...rest } = parts;
    return pass(good, rest);
  }
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return fail(`${first}${more}`, { ...parts, details: [...faults, ...(parts.details ?? [])] });
}
