import { parseArgs } from 'node:util';
import { measureCost } from './gate/cost.ts';
import { runCells } from './gate/crew.ts';
import { verdictsOf } from './gate/summary.ts';
import { tablesOf } from './gate/tables.ts';
import { machineInWords } from './measuring.ts';
import { count, say, seconds } from './numbers.ts';

/** `npm run bench:gate [-- --seed 1 --only 'words of a release']` */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, only: { type: 'string', default: '' } },
});
const seed = Number(values.seed);
const began = Date.now();

say(`${machineInWords()}; seed ${seed}`);
let told = 0;
// Before the simulation keeps all processors busy.
const cost = 'cost'.includes(values.only) ? await measureCost() : undefined;
const summaries = await runCells(
  seed,
  (name) => name.includes(values.only),
  (share) => {
    if (share - told < 0.1) return;
    told = share;
    console.error(`[${seconds(Date.now() - began)}] ${Math.round(100 * share)} %`);
  },
);
say();
say(tablesOf(summaries));
say();
if (cost !== undefined) {
  say('#### Cost');
  for (const line of cost.lines) say(`- ${line}`);
  say();
}
say('#### Targets');
const verdicts = [...summaries.flatMap(verdictsOf), ...(cost?.verdicts ?? [])];
for (const { text, met } of verdicts) say(`- ${met ? 'met' : 'MISSED'}: ${text}`);
const missed = verdicts.filter(({ met }) => !met).length;
const runs = summaries.reduce((sum, summary) => sum + summary.runs, 0);
say();
say(
  `${count(runs)} runs of ${summaries.length} cells in ${seconds(Date.now() - began)}; ${missed} of ${verdicts.length} targets missed.`,
);
if (missed > 0) process.exitCode = 1;
