import { formatDuration } from '../kernel/durations.ts';
import { redact } from '../kernel/redaction.ts';
import type { LoggedEvent } from '../release/events.ts';
import type { RunState } from '../release/state.ts';
import type { Decision } from '../watch/gate/decide.ts';
import { metricInWords } from '../watch/words.ts';
import { allowedInWords } from '../watch/words-measured.ts';
import { type Box, group, line, rectangle, text } from './chart/draw.ts';
import { evidencePanel } from './chart/evidence-panel.ts';
import { clip, flagsFor, listLines } from './chart/flags.ts';
import { gaps } from './chart/gaps.ts';
import { happenings } from './chart/happenings.ts';
import { LEFT, type Panels, panelsFrom, RIGHT, WIDTH } from './chart/layout.ts';
import { legend } from './chart/legend.ts';
import { clockOf, place, type Scale, timeTicks } from './chart/scale.ts';
import { type Runs, runsOf, seriesOf } from './chart/series.ts';
import { STYLE } from './chart/style.ts';
import { valuesPanel } from './chart/values-panel.ts';
import { formatInstant } from './instant.ts';
import { decisions, lastDecision, spanOf, type WatchRead } from './watch-read.ts';
import { type Element, elementLines } from './xml.ts';

/** Objectives that get a panel; the others are in the tables. */
const MOST = 16;
/** Characters that all lines together may take, and those of one spot of a line. */
const BYTES = 84_000;
const SPOT = 12;
const LINES = 7;
/** Milliseconds from which on the first minutes would be too narrow to show what was decided in them. */
const LONG = 15 * 60_000;

/**
 * The watch as an SVG picture: for each service level what was measured with its band, the old version and the limit, and
 * below it ln E against its thresholds; with what happened meanwhile. `state` is the fold of `events`.
 */
export function watchChart(state: RunState, events: readonly LoggedEvent[], watch: WatchRead): string {
  const said = decisions(watch);
  const last = said.at(-1) ?? lastDecision(watch);
  const { elapsed } = spanOf(watch);
  const time: Scale = {
    from: 0,
    to: Math.max(1_000, elapsed),
    start: LEFT,
    end: WIDTH - RIGHT,
    bent: elapsed > LONG,
  };
  const flags = flagsFor(happenings(state, events, watch, said), watch.beganAt, time);
  const shown = loudest(last);
  const top = 104 + flags.height;
  const panels: { readonly index: number; readonly at: Panels }[] = [];
  for (const index of shown) {
    const evidence = last.objectives[index]?.rule.kind !== 'freshness';
    panels.push({ index, at: panelsFrom(panels.at(-1)?.at.end ?? top, evidence) });
  }
  const bottom = panels.at(-1)?.at.end ?? top;
  const list = [
    ...flags.list,
    ...(shown.length < last.objectives.length
      ? [
          `Of ${last.objectives.length} service levels the ${shown.length} with the most evidence against them are drawn.`,
        ]
      : []),
  ];
  const height = bottom + 52 + list.length * 17;
  const points = Math.max(16, Math.min(380, Math.floor(BYTES / (SPOT * LINES * Math.max(1, shown.length)))));
  const runs = runsOf(watch, time, points);
  const content = [
    { name: 'title', attributes: { id: 'title' }, content: titleOf(state) },
    { name: 'desc', attributes: { id: 'desc' }, content: description(watch, last) },
    { name: 'style', attributes: {}, content: STYLE },
    rectangle({ left: 0, top: 0, width: WIDTH, height }, 'paper'),
    text(clip(titleOf(state), 90), { x: LEFT, y: 30 }, { class: 'title' }),
    text(subtitle(watch, last), { x: LEFT, y: 51 }),
    ...legend(76),
    ...gaps(
      watch,
      time,
      panels.map(({ at }) => at),
    ),
    ...panels.flatMap(({ index, at }) => objectivePanels(watch, said, last, { index, at, time, runs })),
    ...timeAxis(
      time,
      bottom - 4,
      panels.map(({ at }) => at),
    ),
    ...flags.draw(88, bottom - 18),
    ...listLines(list, bottom + 48),
  ];
  const root: Element = {
    name: 'svg',
    attributes: {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
      role: 'img',
      'aria-labelledby': 'title desc',
    },
    content,
  };
  return `${elementLines(root)
    .map((one) => one.trimStart())
    .join('\n')}\n`;
}

interface Place {
  readonly index: number;
  readonly at: Panels;
  readonly time: Scale;
  readonly runs: Runs;
}

function objectivePanels(
  watch: WatchRead,
  said: readonly Decision[],
  last: Decision,
  { index, at, time, runs }: Place,
): readonly Element[] {
  const standing = last.objectives[index];
  if (standing === undefined) return [];
  const level = watch.levels[index];
  const series = seriesOf(watch, said, index, runs);
  const { rule } = standing;
  const name = `${rule.id}: ${UNITS[level?.kind ?? rule.kind]}, limit ${allowedInWords(rule, level)}`;
  const content = [
    text(clip(name, 120), { x: LEFT, y: at.name }, { class: 'name' }),
    ...valuesPanel(standing, level, series, time, at.values),
    ...(at.evidence === undefined
      ? []
      : evidencePanel(standing, last, series, time, watch.beganAt, at.evidence)),
    ...(at.evidence === undefined ? [] : [axisName('ln E', at.evidence)]),
  ];
  return [group([{ name: 'title', attributes: {}, content: metricInWords(standing, level) }, ...content])];
}

const UNITS = {
  errors: 'share of the requests that failed',
  latency: 'share of the requests that were too slow',
  lost: 'share of the requests at the edge that got no answer',
  pair: 'share of what was counted',
  cpu: 'share of the cores',
  memory: 'share of the memory',
  level: 'level',
  freshness: 'time since the last success',
  counted: 'share of what was counted',
  gauge: 'level',
} as const;

const axisName = (said: string, { left, top, height }: Box): Element => {
  const [x, y] = [left - 48, top + height / 2];
  return text(said, { x, y }, { class: 'small middle', transform: `rotate(-90 ${x} ${y})` });
};

/** In the order of the rules, but that the quiet ones go where there is no room for all. */
function loudest({ objectives }: Decision): readonly number[] {
  const all = objectives.map((_, index) => index);
  if (all.length <= MOST) return all;
  const loudness = (index: number): number => {
    const one = objectives[index];
    return one?.stale === true ? Number.POSITIVE_INFINITY : (one?.logBad ?? Number.NEGATIVE_INFINITY);
  };
  return all
    .toSorted((a, b) => loudness(b) - loudness(a))
    .slice(0, MOST)
    .toSorted((a, b) => a - b);
}

function timeAxis(time: Scale, y: number, panels: readonly Panels[]): readonly Element[] {
  const marks = timeTicks(time, 62);
  return [
    ...panels.flatMap(({ values, evidence }) =>
      [values, ...(evidence === undefined ? [] : [evidence])].flatMap(({ top, height }) =>
        marks.map((at) => {
          const x = place(time, at);
          return line({ x, y: top + height }, { x, y: top + height + 4 }, 'frame');
        }),
      ),
    ),
    ...marks.map((at) => text(clockOf(at), { x: place(time, at), y: y + 4 }, { class: 'small middle' })),
    text(
      `time since the watch began (min:s or h:min:s${time.bent === true ? ', drawn by its square root' : ''})`,
      { x: (time.start + time.end) / 2, y: y + 22 },
      { class: 'small middle' },
    ),
  ];
}

const titleOf = ({ opened }: RunState): string =>
  redact(`The watch of ${opened.name} ${opened.version} in ${opened.environment}`);

function subtitle(watch: WatchRead, { verdict, logBad, badThreshold }: Decision): string {
  const { elapsed, window } = spanOf(watch);
  const logE = Number.isFinite(logBad) ? logBad.toFixed(2) : '0.00';
  return `From ${formatInstant(watch.beganAt)} on, ${formatDuration(elapsed)} of ${formatDuration(window)} in ${watch.blocks.length.toLocaleString('en-US')} looks: ${verdict}; all together ln E ${logE} of ${badThreshold.toFixed(2)} for a roll-back`;
}

const description = (watch: WatchRead, last: Decision): string =>
  [
    subtitle(watch, last),
    ...last.objectives.map((one, index) => metricInWords(one, watch.levels[index])),
  ].join('. ');
