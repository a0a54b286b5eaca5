import type { Cell } from './cells.ts';
import { type Decided, percent, RULES, type Summary, wilson } from './summary.ts';

/** Markdown, as it goes into the documentation. */
export function tablesOf(summaries: readonly Summary[]): string {
  const of = (kind: Cell['kind']) => summaries.filter(({ cell }) => cell.kind === kind);
  return [
    '#### Releases that must stay: rolled back within two hours (95 % interval)',
    table(['release', 'req/s', 'Holdpoint', 'Flagger', 'Argo Rollouts', 'Kayenta'], of('good').map(staying)),
    '#### Releases that must go: seconds until rolled back, median / 95th percentile',
    table(
      [
        'release',
        'req/s',
        'Holdpoint',
        'Flagger',
        'Argo Rollouts',
        'Kayenta',
        'Holdpoint called it good first',
      ],
      of('bad').map(going),
    ),
    '#### Releases that must stay: seconds until promoted, median / 95th percentile',
    table(['release', 'req/s', 'errors and latency', 'all four'], of('good').map(promoting)),
    '#### Releases just at a limit: decided within two hours (95 % interval)',
    table(['release', 'req/s', 'called good', 'rolled back'], of('at the limit').map(atTheLimit)),
  ].join('\n\n');
}

const named = ({ cell }: Summary): string[] => [cell.name, String(cell.rate)];

const staying = (summary: Summary): string[] => [
  ...named(summary),
  ...RULES.map((rule) => shareOf(summary.by[rule].count, summary.runs)),
];

const going = (summary: Summary): string[] => [
  ...named(summary),
  ...RULES.map((rule) => delayOf(summary.by[rule], summary.runs)),
  // Before the release turns bad it is no mistake.
  summary.cell.onset > 0 ? '' : percent(summary.falselyGood / summary.runs),
];

const promoting = (summary: Summary): string[] => [
  ...named(summary),
  delayOf(summary.requestsGood, summary.runs, 'promoted'),
  delayOf(summary.allGood, summary.runs, 'promoted'),
];

const atTheLimit = (summary: Summary): string[] => [
  ...named(summary),
  shareOf(summary.requestsGood.count, summary.runs),
  shareOf(summary.by.bad.count, summary.runs),
];

function shareOf(count: number, runs: number): string {
  const [low, high] = wilson(count, runs);
  return `${percent(count / runs)} (${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)})`;
}

/** What was not found within the time that was watched counts as later than all others. */
function delayOf({ count, early, median, p95 }: Decided, runs: number, what = 'found'): string {
  const notes = [
    ...(count < runs && count > 0 ? [`${percent(count / runs)} ${what}`] : []),
    ...(early > 0 ? [`${percent(early / runs)} before it was bad`] : []),
  ];
  if (count === early) return count === 0 ? 'never' : `never after it turned bad; ${notes.join(', ')}`;
  const time = (value: number): string => (Number.isFinite(value) ? String(value) : 'never');
  return `${time(median)} / ${time(p95)}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
