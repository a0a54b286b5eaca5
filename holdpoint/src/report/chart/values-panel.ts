import { formatDuration } from '../../kernel/durations.ts';
import { formatShare } from '../../kernel/quantities.ts';
import type { Declared } from '../../watch/declared.ts';
import type { Standing } from '../../watch/gate/decide.ts';
import { allowedInWords, bandInWords, levelFormat } from '../../watch/words-measured.ts';
import { limitInWords, plainNumber } from '../../watch/words-numbers.ts';
import type { Element } from '../xml.ts';
import { area, type Box, line, path, rectangle, text } from './draw.ts';
import { spread } from './labels.ts';
import { clockOf, place, type Scale, ticks, timeTicks } from './scale.ts';
import type { Point } from './series.ts';

/** What was measured over time, with its band, the old version and the limit. */
export function valuesPanel(
  standing: Standing,
  level: Declared | undefined,
  points: readonly Point[],
  time: Scale,
  box: Box,
): readonly Element[] {
  const { rule } = standing;
  const limit = rule.kind === 'counted' ? rule.allowed : rule.limit;
  const scale: Scale = { from: 0, to: highestOf(points, limit), start: box.top + box.height, end: box.top };
  const y = (value: number): number => place(scale, value);
  const spots = (value: (point: Point) => number | undefined) =>
    points.flatMap((point) => {
      const found = value(point);
      const spot = found === undefined ? undefined : { x: place(time, point.at), y: y(found) };
      return point.gap ? [undefined, spot] : [spot];
    });
  const right = box.left + box.width;
  return [
    ...(rule.kind === 'freshness' ? timeTicks(scale, 26) : ticks(0, scale.to, box.height / 34)).flatMap(
      (value) => [
        line({ x: box.left, y: y(value) }, { x: right, y: y(value) }, 'grid'),
        text(tickOf(rule.kind, level, value), { x: box.left - 6, y: y(value) + 4 }, { class: 'small end' }),
      ],
    ),
    ...area(
      points.map(({ at, sofar }) =>
        sofar === undefined ? undefined : { x: place(time, at), low: y(sofar.low), high: y(sofar.high) },
      ),
      'band',
    ),
    ...path(
      spots(({ highest }) => highest),
      'highest',
    ),
    ...path(
      spots(({ old }) => old),
      'old',
    ),
    ...path(
      spots(({ value }) => value),
      rule.kind === 'counted' ? 'look' : 'sofar',
    ),
    ...path(
      spots(({ sofar }) => sofar?.rate),
      'sofar',
    ),
    line({ x: box.left, y: y(limit) }, { x: right, y: y(limit) }, 'limit'),
    rectangle(box, 'frame'),
    ...spread(labelsOf(standing, level, y), box, right + 8),
  ];
}

/** Twice the limit, or what is measured but for the few highest looks, which are drawn at the edge. */
function highestOf(points: readonly Point[], limit: number): number {
  const known = points.flatMap(({ value, old, highest }) => [value ?? 0, old ?? 0, highest ?? 0]);
  const sorted = known.toSorted((a, b) => a - b);
  const most = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  const sofar = points.at(-1)?.sofar?.high ?? 0;
  return Math.max(limit * 1.5, most * 1.08, sofar * 1.08);
}

function tickOf(kind: Standing['rule']['kind'], level: Declared | undefined, value: number): string {
  switch (kind) {
    case 'counted':
      return limitInWords(value);
    case 'gauge':
      return level?.kind === 'cpu' || level?.kind === 'memory' ? limitInWords(value) : plainNumber(value);
    case 'freshness':
      return clockOf(value);
    default:
      return kind satisfies never;
  }
}

interface Label {
  readonly said: string;
  readonly y: number;
}

function labelsOf(
  { rule, tally, age }: Standing,
  level: Declared | undefined,
  y: (value: number) => number,
): readonly Label[] {
  switch (rule.kind) {
    case 'counted': {
      const { events, trials, beside } = tally;
      const old =
        beside === undefined || beside.oldTrials === 0 ? undefined : beside.oldEvents / beside.oldTrials;
      return [
        { said: `limit ${limitInWords(rule.allowed)}`, y: y(rule.allowed) },
        ...(trials > 0
          ? [{ said: `new ${formatShare(events / trials)} (${bandInWords(tally)})`, y: y(events / trials) }]
          : []),
        ...(old === undefined ? [] : [{ said: `old ${formatShare(old)}`, y: y(old) }]),
      ];
    }
    case 'gauge': {
      const mean = tally.levels > 0 ? tally.levelSum / tally.levels : undefined;
      const show = levelFormat(level);
      return [
        { said: `limit ${allowedInWords(rule, level)}`, y: y(rule.limit) },
        ...(mean === undefined ? [] : [{ said: `mean ${show(mean)}`, y: y(mean) }]),
        ...(tally.highest === undefined
          ? []
          : [{ said: `highest of one ${show(tally.highest)}`, y: y(tally.highest) }]),
      ];
    }
    case 'freshness':
      return [
        { said: `limit ${formatDuration(rule.limit)}`, y: y(rule.limit) },
        ...(age === undefined ? [] : [{ said: `last ${formatDuration(age)} ago`, y: y(age) }]),
      ];
    default:
      return rule satisfies never;
  }
}
