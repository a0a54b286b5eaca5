import { createLogUpdate } from 'log-update';
import type { Journal } from '../../release/journal.ts';
import type { Block } from '../../watch/block.ts';
import type { Decision } from '../../watch/gate/decide.ts';
import type { WatchSettings } from '../../watch/settings.ts';
import { evidenceInWords, metricInWords } from '../../watch/words.ts';
import type { House } from '../house.ts';
import { frame } from './frame.ts';
import { coloured, heading, lineOf, plain } from './lines.ts';

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
export function liveView(house: House, limits: WatchSettings['limits'], quiet: boolean): LiveView {
  if (quiet) return { follow: () => {}, onDecision: () => {}, aside: (work) => work(), close: () => {} };
  return house.isTerminal ? drawnView(house, limits) : plainView(house, limits);
}

function plainView(house: House, limits: WatchSettings['limits']): LiveView {
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
      const metrics = decision.metrics
        .filter(({ trials }) => trials > 0)
        .map((one) => metricInWords(one, limits));
      house.print(`  … watch: ${metrics.join(' | ') || 'no data yet'}${lost}`);
    },
    aside: (work) => work(),
    close: () => {},
  };
}

function drawnView(house: House, limits: WatchSettings['limits']): LiveView {
  const draw = createLogUpdate(process.stdout, { showCursor: true });
  let journal: Journal | undefined;
  let watch: readonly string[] = [];
  let paused = false;
  const redraw = (): void => {
    if (journal === undefined || paused) return;
    // Drawn anew each time: changing a frame of another height in place eats lines above it.
    draw.clear();
    draw(frame(journal.state, watch, house.now(), coloured));
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
    onDecision(decision) {
      watch = [...decision.metrics.map((one) => metricInWords(one, limits)), evidenceInWords(decision)];
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
