import { HoldpointError } from '../kernel/errors.ts';
import { type Block, readBlock } from '../watch/block.ts';
import type { Decision } from '../watch/gate/decide.ts';
import type { WatchSettings } from '../watch/settings.ts';
import { type EdgeMeter, edgeMeter } from '../watch/sources/edge.ts';
import { type ScrapedService, scrape } from '../watch/sources/scrape.ts';
import { type WatchResult, watch } from '../watch/watch.ts';
import type { RunContext } from './context.ts';
import type { Project } from './project.ts';

/** The watch as it runs beside the phases. */
export interface Guard {
  /** Aborts, with the watch's reason, as soon as the release is shown to be bad. */
  readonly tripped: AbortSignal;
  /** The end of the watch; rejects when it was stopped before. */
  readonly result: Promise<WatchResult>;
  /** Ends the watch and waits until it has ended. */
  stop(): Promise<void>;
}

/** Told after each look, for showing it. */
export type OnDecision = (decision: Decision, block: Block) => void;

/**
 * Watches the new replicas from the first one on, beside deployment, verification and smoke test, until the window
 * ends. What an earlier process of this run has seen is replayed: a fresh start would spend the error rates twice.
 */
export function startGuard(context: RunContext, onDecision: OnDecision | undefined): Guard {
  const { project, journal, authority, to } = context;
  const stopping = new AbortController();
  const tripping = new AbortController();
  const settings = scaled(project.specification.watch, project.specification.timeScale);
  const meter = meterOf(project);
  const result = watch({
    settings,
    revision: to.digest,
    deployedAt: journal.state.deployedAt ?? project.clock.now(),
    replicas: async () => (await project.target.inspect()).replicas,
    source: sourceOf(project, settings),
    ...(meter === undefined ? {} : { edge: meter }),
    clock: project.clock,
    signal: AbortSignal.any([authority.signal, stopping.signal]),
    replay: journal.state.watch.blocks.map(readBlock),
    onBlock: async (block) => {
      await journal.record({ type: 'watch.block', block });
    },
    ...(onDecision === undefined ? {} : { onDecision }),
  }).then((ended) => {
    if (ended.verdict === 'bad') tripping.abort(new HoldpointError('check-failed', ended.reason));
    return ended;
  });
  result.catch(() => undefined);
  return {
    tripped: tripping.signal,
    result,
    async stop() {
      stopping.abort(new HoldpointError('cancelled', 'the watch was ended'));
      await result.catch(() => undefined);
    },
  };
}

/** Looks are scaled less than the window: a scrape takes real time. */
const SHORTEST_INTERVAL = 500;

function scaled(settings: WatchSettings, scale: number): WatchSettings {
  const window = settings.window * scale;
  return {
    ...settings,
    window,
    interval: Math.min(window, Math.max(SHORTEST_INTERVAL, settings.interval * scale)),
  };
}

const SCRAPE_LIMIT = 2_000;

function sourceOf({ specification, http, clock }: Project, settings: WatchSettings) {
  const services: Record<string, ScrapedService> = {};
  for (const [name, service] of Object.entries(specification.target.services)) {
    if (service.metrics === undefined) continue;
    const { metrics, health, ready, versionPath, limits } = service;
    services[name] = {
      metrics,
      probes: [metrics, health, ready, versionPath].filter((path) => path !== undefined),
      ...(limits?.memory === undefined ? {} : { memoryLimit: limits.memory }),
      ...(limits?.cpu === undefined ? {} : { cores: Number(limits.cpu) }),
    };
  }
  const { latency, memory } = settings.limits;
  return scrape({
    services,
    series: settings.series,
    latencyLimit: latency === 'off' ? undefined : latency.limit,
    memoryWatched: memory !== 'off',
    timeout: SCRAPE_LIMIT,
    http,
    clock,
  });
}

/** What reads the edge's own counts; undefined where the specification names none. */
export function meterOf({
  specification,
  http,
}: Pick<Project, 'specification' | 'http'>): EdgeMeter | undefined {
  const { edge } = specification.watch;
  if (edge === undefined) return undefined;
  return edgeMeter({
    url: edge.metrics,
    requests: edge.requests,
    lost: edge.lost,
    timeout: SCRAPE_LIMIT,
    http,
  });
}
