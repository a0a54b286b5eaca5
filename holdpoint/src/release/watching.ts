import type { Replica } from '../targets/target.ts';
import { withAsked } from '../watch/asked.ts';
import type { Objective } from '../watch/objective.ts';
import { type Recorder, record } from '../watch/recorder.ts';
import { objectivesOf, type WatchSettings } from '../watch/settings.ts';
import { type EdgeMeter, edgeMeter } from '../watch/sources/edge.ts';
import type { Source } from '../watch/sources/source.ts';
import type { Watch } from '../watch/watch.ts';
import type { RunContext } from './context.ts';
import type { Project } from './project.ts';
import { LOOK_LIMIT, sourceOf } from './watch-source.ts';

/** What every look of a run is made with. */
export interface Watching extends Pick<Watch, 'objectives' | 'interval' | 'replicas' | 'clock' | 'signal'> {
  readonly settings: WatchSettings;
  readonly source: Source;
  readonly edge?: EdgeMeter;
}

export function watchingOf({ project }: Pick<RunContext, 'project'>, signal: AbortSignal): Watching {
  const { specification, target, clock } = project;
  const settings = scaled(specification.watch, specification.timeScale);
  const objectives = watchedObjectives(project);
  const meter = meterOf(project);
  return {
    settings,
    objectives,
    interval: settings.interval,
    replicas: async (): Promise<readonly Replica[]> => (await target.inspect(signal)).replicas,
    source: sourceOf(project, objectives),
    ...(meter === undefined ? {} : { edge: meter }),
    clock,
    signal,
  };
}

/** The service levels of this system, as strict as its specification and its checklist want them. */
export function watchedObjectives({
  specification: { watch },
  checklist,
}: Pick<Project, 'specification' | 'checklist'>): readonly Objective[] {
  const asked = checklist.parsed.items.flatMap(({ binding }) => (binding?.kind === 'check' ? [binding] : []));
  return objectivesOf({ ...watch, limits: withAsked(watch.limits, asked) });
}

/** Learns from the version that serves now, until the watch of the new one begins; undefined where there is none. */
export function recordOld(context: RunContext): Recorder | undefined {
  const { from, journal, authority } = context;
  if (from === undefined || journal.state.watch.terms !== undefined) return undefined;
  const { settings: _settings, ...watching } = watchingOf(context, authority.signal);
  return record({
    ...watching,
    // It has long been warm.
    terms: { tails: {}, warmUp: 0 },
    revision: from.digest,
    deployedAt: Number.POSITIVE_INFINITY,
  });
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
    timeout: LOOK_LIMIT,
    http,
  });
}
