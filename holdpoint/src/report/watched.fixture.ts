import type { Json } from '../kernel/canonical.ts';
import type { EventBody, LoggedEvent } from '../release/events.ts';
import { seal } from '../release/log/chain.ts';
import { type Block, writeBlock } from '../watch/block.ts';
import type { Objective } from '../watch/objective.ts';
import { LEVELS, termsFor } from '../watch/words.fixture.ts';
import { opened, START } from './run.fixture.ts';

type Timed = readonly [after: number, body: EventBody];

/** Events at these milliseconds after `START`. */
export function logAt(bodies: readonly Timed[]): readonly LoggedEvent[] {
  const events: LoggedEvent[] = [];
  const all: readonly Timed[] = [[0, opened()], ...bodies];
  for (const [after, body] of all) {
    events.push(seal('run-1', events.at(-1), START + after, body));
  }
  return events;
}

export const began = (objectives: readonly Objective[] = LEVELS): EventBody => ({
  type: 'watch.began',
  terms: JSON.parse(JSON.stringify(termsFor(objectives))) as Json,
  notes: [],
});

export const looked = (block: Block): EventBody => ({
  type: 'watch.block',
  block: JSON.parse(JSON.stringify(writeBlock(block))) as Json,
});

/** A run that was watched: its terms a second after `START`, and each block at its own time after it. */
export function watchedLog(
  blocks: readonly Block[],
  objectives: readonly Objective[] = LEVELS,
  more: readonly Timed[] = [],
): readonly LoggedEvent[] {
  const looks = blocks.map((block): Timed => [block.at - START, looked(block)]);
  const all: readonly Timed[] = [[1_000, began(objectives)], ...looks, ...more];
  return logAt(all.toSorted(([a], [b]) => a - b));
}

/** The steps that put new replicas into traffic, at these milliseconds after `START`. */
export function routes(afters: readonly number[]): readonly Timed[] {
  const steps = afters.map((_, index) => ({
    name: `deploy/0/backend/route/${index}`,
    title: `route backend-${index + 1} of 2.0.0`,
    action: { verb: 'route', revision: { version: '2.0.0', digest: 'b'.repeat(64) } },
  }));
  return [
    [500, { type: 'plan.made', phase: 'deploy', direction: 'forward', steps }],
    ...steps.map(
      ({ name }, index): Timed => [
        afters[index] ?? 0,
        { type: 'step.done', phase: 'deploy', step: name, summary: 'in traffic', milliseconds: 300 },
      ],
    ),
  ];
}
