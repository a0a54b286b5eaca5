import { resolve } from 'node:path';
import { parseChecklist } from '../../checklist/parse.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import type { LoggedEvent } from '../../release/events.ts';
import { fold } from '../../release/fold.ts';
import type { Project } from '../../release/project.ts';
import type { RunState } from '../../release/state.ts';
import { watchChart } from '../../report/chart.ts';
import { filledChecklist } from '../../report/checklist.ts';
import { itemsJson, type RunJson, runJson } from '../../report/json.ts';
import { junitXml } from '../../report/junit.ts';
import { needsPostMortem, postMortem } from '../../report/post-mortem.ts';
import { type Standing, standingOf } from '../../report/standing.ts';
import type { WrittenFile } from '../../report/summary.ts';
import { readWatch } from '../../report/watch-read.ts';
import { CHART_FILE, watchSection } from '../../report/watch-section.ts';
import { writeAtomically } from '../../system/files.ts';
import { type CommonOptions, done, type Finished, JSON_VERSION } from '../finished.ts';
import type { House } from '../house.ts';
import { selectRun, withProject } from '../select-run.ts';

interface ReportOptions extends CommonOptions {
  readonly run?: string;
  readonly format?: 'markdown' | 'json' | 'junit' | 'post-mortem' | 'chart';
  readonly output?: string;
}

/** Prints one view of a run, or writes them all. */
export async function report(house: House, options: ReportOptions): Promise<Finished> {
  return await withProject(house, options, async (project) => {
    const { run, environment } = await selectRun(project, options.run);
    const events = await project.log.read(run);
    const state = fold(events);
    const lease = await project.leases.current(environment, house.now());
    const standing = standingOf(state, lease !== undefined);
    const { evidence } = project.specification;
    if (options.output !== undefined) {
      const folder = resolve(house.cwd, options.output);
      const files = await writeReports(folder, events, state, standing, evidence);
      return done(
        files.map(({ label, path }) => `${label}: ${path}`),
        { run, files: files.map((file) => ({ ...file })) },
      );
    }
    const format = options.format ?? (options.json === true ? 'json' : 'markdown');
    if (format === 'post-mortem') {
      const text = postMortem(state, events);
      return done([text.replace(/\n$/, '')], { run, format, text });
    }
    if (format === 'chart') {
      const text = chartOf(state, events);
      return done([text.replace(/\n$/, '')], { run, format, text });
    }
    const views = viewsOf(state, standing, evidence);
    if (format === 'json')
      return done([JSON.stringify(jsonReport(state, standing), undefined, 2)], views.json);
    const text = format === 'junit' ? views.junit : views.checklist;
    return done([text.replace(/\n$/, '')], { run, format, text });
  });
}

/**
 * Writes the filled-in checklist, the evidence beside it, JSON and JUnit into `folder`, each whole or not at all; the
 * chart of a watch that the log holds; and the draft of a post-mortem where a run went back or failed. `state` is the
 * fold of `events`.
 */
export async function writeReports(
  folder: string,
  events: readonly LoggedEvent[],
  state: RunState,
  standing: Standing,
  evidence: Project['specification']['evidence'],
): Promise<readonly WrittenFile[]> {
  const views = viewsOf(state, standing, evidence);
  const watched = readWatch(state);
  const json = `${JSON.stringify(jsonReport(state, standing), undefined, 2)}\n`;
  const contents: readonly (readonly [label: string, name: string, content: string])[] = [
    ['Checklist', 'checklist.md', views.checklist],
    ['Evidence', 'evidence.md', views.evidence],
    ['JSON', 'run.json', json],
    ['JUnit', 'junit.xml', views.junit],
    ...(watched.kind === 'read'
      ? [['Watch chart', CHART_FILE, watchChart(state, events, watched.watch)] as const]
      : []),
    ...(needsPostMortem(state)
      ? [['Post-mortem', 'post-mortem.md', postMortem(state, events)] as const]
      : []),
  ];
  const files: WrittenFile[] = [];
  for (const [label, name, content] of contents) {
    const path = resolve(folder, name);
    await writeAtomically(path, content);
    files.push({ label, path });
  }
  return files;
}

function viewsOf(state: RunState, standing: Standing, where: 'inline' | 'beside') {
  const parsed = parseChecklist(state.opened.checklist.text);
  const filled = filledChecklist(state, parsed, standing, where);
  const json = { run: runJson(state, standing), items: itemsJson(state, parsed) };
  const section = watchSection(state);
  const evidence =
    section.length === 0 ? filled.evidence : `${filled.evidence}\n## Watch\n\n${section.join('\n')}`;
  return { checklist: filled.document, evidence, json, junit: junitXml(state) };
}

/** The document of `--format json` and of `run.json`: what `--json` answers, without the command around it. */
function jsonReport(state: RunState, standing: Standing): RunJson {
  const items = itemsJson(state, parseChecklist(state.opened.checklist.text));
  return { holdpoint: JSON_VERSION, run: runJson(state, standing), items };
}

/** Throws `not-found` when nothing was watched, and `tampered` when what the log holds of it cannot be read. */
function chartOf(state: RunState, events: readonly LoggedEvent[]): string {
  const read = readWatch(state);
  if (read.kind === 'read') return watchChart(state, events, read.watch);
  if (read.kind === 'unreadable') throw read.why;
  throw new HoldpointError('not-found', `run '${state.run}' holds nothing of a watch that could be drawn`, {
    next: 'The watch begins with the first new replica; what it has decided is in `holdpoint report`.',
  });
}
