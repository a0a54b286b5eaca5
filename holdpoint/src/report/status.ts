import { formatDuration } from '../kernel/durations.ts';
import { VERDICTS } from '../kernel/verdict.ts';
import { evidenceOf, type RunState } from '../release/state.ts';
import { phaseLine } from './phases.ts';
import { conditionInWords, type Standing } from './standing.ts';
import { wayBackLines } from './way-back.ts';

/** What a run is doing, since when, and whom it waits for; for the terminal. */
export function statusLines(state: RunState, standing: Standing, now: number): readonly string[] {
  const { opened } = state;
  const from = opened.from === undefined ? '' : ` (from ${opened.from.version})`;
  const time = formatDuration(Math.max(0, now - standing.since));
  const ended = state.closed !== undefined;
  return [
    `${opened.name} ${opened.version}${from} in ${opened.environment}: ${conditionInWords(standing.condition)}`,
    `run ${state.run}`,
    `${ended ? 'ended' : 'now'}: ${standing.doing} (${ended ? `${time} ago` : `for ${time}`})`,
    ...standing.waitingFor.map((what) => `waits for: ${what}`),
    ...(standing.next === undefined ? [] : [`next: ${standing.next}`]),
    ...(state.checks.size === 0 ? [] : [`checks: ${checkCounts(state)}`]),
    ...[...state.phases.values()].map((phase) => phaseLine(phase, now)),
    ...wayBackLines(state),
  ];
}

/** `12 pass, 1 waived` over every check that has settled, as each counts. */
export function checkCounts(state: RunState): string {
  const verdicts = [...state.checks.keys()].map((check) => evidenceOf(state, check)?.verdict);
  return VERDICTS.flatMap((verdict) => {
    const count = verdicts.filter((one) => one === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  }).join(', ');
}
