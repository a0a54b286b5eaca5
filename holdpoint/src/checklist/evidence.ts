import { escapeHtml, escapeInline } from './escape.ts';
import type { ChecklistItem, Outcome } from './model.ts';

const SHORT_HASH = 12;

export const shortHash = (hash: string): string => hash.slice(0, SHORT_HASH);

/** What stands in the opened block, in the order in which a reader asks for it. */
function facts(outcome: Outcome): string[] {
  const named: readonly (readonly [string, string | undefined])[] = [
    ['expected', outcome.expected],
    ['measured', outcome.measured],
    ['next', outcome.next],
    ['by', outcome.by],
    ['at', outcome.at],
    ['hash', outcome.hash === undefined ? undefined : shortHash(outcome.hash)],
  ];
  const said = named.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return [...(outcome.details ?? []).flatMap((detail) => detail.split(/\r\n|\n|\r/)), ...said].filter(
    (fact) => fact.trim() !== '',
  );
}

/** The collapsed block of one item, on one line. */
export function evidenceHtml(outcome: Outcome): string {
  const list = facts(outcome)
    .map((fact) => `<li>${escapeHtml(fact)}</li>`)
    .join('');
  const summary = `<summary>${outcome.verdict}: ${escapeHtml(outcome.summary)}</summary>`;
  return `<details>${summary}${list === '' ? '' : `<ul>${list}</ul>`}</details>`;
}

/** The evidence of all items as a document of its own, which holds no task. */
export function evidenceDocument(
  items: readonly ChecklistItem[],
  outcomes: ReadonlyMap<string, Outcome>,
  eol: string,
): string {
  const lines = ['# Evidence', ''];
  let section: string | undefined;
  for (const item of items) {
    const outcome = outcomes.get(item.id);
    if (!outcome) continue;
    const heading = item.section.join(' › ');
    if (heading !== section) lines.push(`## ${escapeInline(heading) || 'Items'}`, '');
    section = heading;
    lines.push(`- **${escapeInline(item.text)}** (line ${item.line}, \`${item.id}\`)`);
    lines.push(`  - ${outcome.verdict}: ${escapeInline(outcome.summary)}`);
    lines.push(...facts(outcome).map((fact) => `  - ${escapeInline(fact)}`), '');
  }
  return `${lines.join(eol).trimEnd()}${eol}`;
}
