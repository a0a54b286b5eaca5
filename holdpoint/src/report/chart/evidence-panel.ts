import { formatDuration } from '../../kernel/durations.ts';
import type { Decision, Standing } from '../../watch/gate/decide.ts';
import { decimals, whole } from '../../watch/words-numbers.ts';
import type { Element } from '../xml.ts';
import { type Box, dot, line, path, rectangle, text } from './draw.ts';
import { spread } from './labels.ts';
import { place, type Scale, ticks } from './scale.ts';
import type { Point } from './series.ts';

/** Below this nothing is of interest: the evidence only says that it has seen nothing. */
const LOWEST = -2;

/** ln E for a roll-back and for promotion over time, each with the threshold at which this objective alone suffices. */
export function evidencePanel(
  standing: Standing,
  { badThreshold, goodThreshold }: Decision,
  points: readonly Point[],
  time: Scale,
  beganAt: number,
  box: Box,
): readonly Element[] {
  const { rule, logBad, logGood, settledAt } = standing;
  const weight = rule.kind === 'freshness' ? 1 : rule.weight;
  const alone = weight > 0 ? badThreshold - Math.log(weight) : badThreshold;
  const scale: Scale = {
    from: LOWEST,
    to: Math.max(alone, goodThreshold) * 1.2,
    start: box.top + box.height,
    end: box.top,
  };
  const y = (value: number): number => place(scale, value);
  const right = box.left + box.width;
  const spots = (value: (point: Point) => number) =>
    points.map((point) => ({ x: place(time, point.at), y: y(value(point)) }));
  const settled =
    settledAt === undefined
      ? []
      : [dot({ x: place(time, settledAt - beganAt), y: y(goodThreshold) }, 4, 'settled')];
  const when =
    settledAt === undefined
      ? []
      : [{ said: `shown after ${formatDuration(settledAt - beganAt)}`, y: y(logGood) + 1 }];
  return [
    ...ticks(LOWEST, scale.to, box.height / 26).flatMap((value) => [
      line({ x: box.left, y: y(value) }, { x: right, y: y(value) }, 'grid'),
      text(String(value), { x: box.left - 6, y: y(value) + 4 }, { class: 'small end' }),
    ]),
    line({ x: box.left, y: y(alone) }, { x: right, y: y(alone) }, 'edge bad'),
    line({ x: box.left, y: y(goodThreshold) }, { x: right, y: y(goodThreshold) }, 'edge good'),
    ...path(
      spots((point) => point.logGood),
      'good',
    ),
    ...path(
      spots((point) => point.logBad),
      'bad',
    ),
    ...settled,
    rectangle(box, 'frame'),
    ...spread(
      [
        { said: `bad ${shown(logBad)} of ${decimals(alone)}`, y: y(logBad) },
        { said: `good ${shown(logGood)} of ${decimals(goodThreshold)}`, y: y(logGood) },
        ...when,
      ],
      box,
      right + 8,
    ),
  ];
}

function shown(logE: number): string {
  if (!Number.isFinite(logE)) return 'none';
  return Math.abs(logE) < 100 ? decimals(logE) : whole(logE);
}
