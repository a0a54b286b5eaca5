import { formatDuration } from '../../kernel/durations.ts';
import { PHASE_TITLES } from '../../release/phase-names.ts';
import type { RunState } from '../../release/state.ts';
import type { Paint } from './lines.ts';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** What moves at the bottom of the screen: the phase, the steps under way, the watch's numbers, the edge's counts. */
export function frame(state: RunState, watch: readonly string[], now: number, paint: Paint): string {
  if (state.closed !== undefined) return '';
  const phase = [...state.phases.values()].findLast(({ endedAt }) => endedAt === undefined);
  const spin = SPINNER[Math.floor(now / 100) % SPINNER.length] ?? '';
  const running = [...state.steps.values()].filter(({ status }) => status === 'intended');
  const title =
    phase === undefined
      ? 'between phases'
      : `${PHASE_TITLES[phase.name]} for ${formatDuration(now - phase.startedAt)}`;
  const edge = state.edge;
  return [
    paint('cyan', `${spin} ${title}`),
    ...running.map((step) => `  ${paint('cyan', '…')} ${step.title}`),
    ...watch.map((line) => `  ${paint('gray', line)}`),
    ...(edge === undefined
      ? []
      : [
          `  requests through the edge: ${edge.requests.toLocaleString('en-US')}, requests lost: ${paint(edge.lost === 0 ? 'green' : 'red', String(edge.lost))}`,
        ]),
  ].join('\n');
}
