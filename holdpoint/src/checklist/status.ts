import { VERDICTS } from '../kernel/verdict.ts';
import type { ChecklistItem, Outcome } from './model.ts';

/** Such as `105 items: 90 pass, 7 attested, 1 fail, 7 without evidence`. */
export function statusOf(items: readonly ChecklistItem[], outcomes: ReadonlyMap<string, Outcome>): string {
  const verdicts = items.map(({ id }) => outcomes.get(id)?.verdict);
  const counts = VERDICTS.map((verdict) => ({
    verdict,
    count: verdicts.filter((found) => found === verdict).length,
  })).filter(({ count }) => count > 0);
  const open = verdicts.filter((verdict) => verdict === undefined).length;
  const parts = counts.map(({ verdict, count }) => `${count} ${verdict}`);
  if (open > 0) parts.push(`${open} without evidence`);
  return `${items.length} items: ${parts.join(', ') || 'none'}`;
}
