import { createLogUpdate } from 'log-update';
import type { Journal } from '../../release/journal.ts';
import type { Block } from '../../watch/block.ts';
import { budgetInWords, objectiveBudget } from '../../watch/budget.ts';
import type { Decision, Standing } from '../../watch/gate/decide.ts';
import type { Objective } from '../../watch/objective.ts';
import { readTerms } from '../../watch/terms.ts';
import { metricInWords } from '../../watch/words.ts';
import type { House } from '../house.ts';
import { frame } from './frame.ts';
import { coloured, heading, lineOf, plain } from './lines.ts';
import type { WatchShown } from './watch-rows.ts';

export interface LiveView {
  follow(journal: Journal): void;
  onDecision(decision: Decision, block: Block): void;
  /** Runs something that needs the screen for itself, such as a question. */
  aside<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): void;
}

/** Milliseconds between two lines about the watch where nothing can be drawn over. */
const PLAIN_WATCH_INTERVAL = 10_000;
const REDRAW = 120;

/** Progress as it happens: on a terminal with a part that is redrawn, elsewhere plain lines. */
export function liveView(house: House, objectives: readonly Objective[], quiet: boolean): LiveView {
  if (quiet) return { follow: () => {}, onDecision: () => {}, aside: (work) => work(), close: () => {} };
  return house.isTerminal ? drawnView(house, objectives) : plainView(house, objectives);
}

function plainView(house: House, objectives: readonly Objective[]): LiveView {
  let toldAt = Number.NEGATIVE_INFINITY;
  let journal: Journal | undefined;
  return {
    follow(followed) {
      journal = followed;
      house.print(heading(followed.state, plain));
      followed.listen((event, state) => {
        const line = lineOf(event, state, plain);
        if (line !== undefined) house.print(line);
      });
    },
    onDecision(decision, block) {
      if (block.at - toldAt < PLAIN_WATCH_INTERVAL) return;
      toldAt = block.at;
      const edge = journal?.state.edge;
      const lost = edge === undefined ? '' : `; requests ${edge.requests}, lost: ${edge.lost}`;
      const window = windowOf(journal);
      const elapsed = block.at - (journal?.state.watch.beganAt ?? block.at);
      const known = decision.objectives.flatMap((standing, index) => {
        if (!hasData(standing)) return [];
        const left = window === undefined ? undefined : objectiveBudget(standing, { elapsed, window });
        const budget = left === undefined ? [] : [budgetInWords(left)];
        return [[metricInWords(standing, objectives[index]), ...budget].join('; ')];
      });
      house.print(`  … watch: ${known.join(' | ') || 'no data yet'}${lost}`);
    },
    aside: (work) => work(),
    close: () => {},
  };
}

function drawnView(house: House, objectives: readonly Objective[]): LiveView {
  const draw = createLogUpdate(process.stdout, { showCursor: true });
  let journal: Journal | undefined;
  let watch: WatchShown | undefined;
  let paused = false;
  const redraw = (): void => {
    if (journal === undefined || paused) return;
    // Drawn anew each time: changing a frame of another height in place eats lines above it.
    draw.clear();
    const { columns = 80, rows = 24 } = process.stdout;
    draw(frame(journal.state, watch, house.now(), coloured, { columns, rows }));
  };
  const timer = setInterval(redraw, REDRAW);
  timer.unref();
  return {
    follow(followed) {
      journal = followed;
      house.print(heading(followed.state, coloured));
      followed.listen((event, state) => {
        const line = lineOf(event, state, coloured);
        if (line === undefined) return;
        draw.clear();
        house.print(line);
        redraw();
      });
    },
    onDecision(decision, { at, milliseconds }) {
      const beganAt = watch?.beganAt ?? journal?.state.watch.beganAt ?? at - milliseconds;
      const window = watch?.window ?? windowOf(journal);
      watch = { decision, objectives, beganAt, at, window };
      redraw();
    },
    async aside(work) {
      paused = true;
      draw.clear();
      try {
        return await work();
      } finally {
        paused = false;
      }
    },
    close() {
      clearInterval(timer);
      draw.clear();
    },
  };
}

function hasData({ rule, tally, age }: Standing): boolean {
  switch (rule.kind) {
    case 'counted':
      return tally.trials > 0;
    case 'gauge':
      return tally.levels > 0;
    case 'freshness':
      return age !== undefined;
    default:
      return rule satisfies never;
  }
}

/** How long is watched; undefined where the log does not say so in a way that can be read. */
function windowOf(journal: Journal | undefined): number | undefined {
  const terms = journal?.state.watch.terms;
  if (terms === undefined) return undefined;
  try {
    return readTerms(terms).rules.window;
  } catch {
    return undefined;
  }
}
