import { formatDuration } from '../../kernel/durations.ts';
import { PHASE_TITLES } from '../../release/phase-names.ts';
import type { RunState } from '../../release/state.ts';
import type { Paint } from './lines.ts';
import { bare, lineFrom, type Segment, styled } from './segments.ts';
import { watchLines } from './watch-lines.ts';
import type { WatchShown } from './watch-rows.ts';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Of the terminal, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Steps under way that are named; of hundreds of replicas many may be. */
const STEPS = 5;
/** Rows that the watch gets in any case: what it says, the head and one objective. */
const LEAST = 4;

/**
 * What moves at the bottom of the screen: the phase, the steps under way, the watch's numbers, the edge's counts. It is
 * lower than the screen by a line and no line is as wide: what scrolls away or wraps cannot be drawn over.
 */
export function frame(
  state: RunState,
  watch: WatchShown | undefined,
  now: number,
  paint: Paint,
  { columns, rows }: Size,
): string {
  if (state.closed !== undefined) return '';
  const phase = [...state.phases.values()].findLast(({ endedAt }) => endedAt === undefined);
  const spin = SPINNER[Math.floor(now / 100) % SPINNER.length] ?? '';
  const title =
    phase === undefined
      ? 'between phases'
      : `${PHASE_TITLES[phase.name]} for ${formatDuration(now - phase.startedAt)}`;
  const edge = edgeLine(state);
  const room = rows - 2 - edge.length;
  const running = runningSteps(state, Math.min(STEPS, watch === undefined ? room : room - LEAST));
  const indented = (line: readonly Segment[]): readonly Segment[] => [bare('  '), ...line];
  const size = { columns: columns - 3, rows: room - running.length };
  const lines: readonly (readonly Segment[])[] = [
    [styled('cyan', `${spin} ${title}`)],
    ...running.map(indented),
    ...(watch === undefined ? [] : watchLines(watch, now, size)).map(indented),
    ...edge.map(indented),
  ];
  return lines
    .slice(0, Math.max(1, rows - 1))
    .map((line) => lineFrom(line, Math.max(1, columns - 1), paint))
    .join('\n');
}

function runningSteps({ steps }: RunState, most: number): readonly (readonly Segment[])[] {
  const running = [...steps.values()].filter(({ status }) => status === 'intended');
  const named = running.length <= most ? running : running.slice(0, Math.max(0, most - 1));
  const left = running.length - named.length;
  return [
    ...named.map(({ title }) => [styled('cyan', '…'), bare(` ${title}`)]),
    ...(left > 0 && most > 0 ? [[bare(`… and ${left} more steps under way`)]] : []),
  ];
}

function edgeLine({ edge }: RunState): readonly (readonly Segment[])[] {
  if (edge === undefined) return [];
  const { requests, lost } = edge;
  return [
    [
      bare(`requests through the edge: ${requests.toLocaleString('en-US')}, requests lost: `),
      styled(lost === 0 ? 'green' : 'red', lost.toLocaleString('en-US')),
    ],
  ];
}
