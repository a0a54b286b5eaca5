import { sha256 } from '../kernel/canonical.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { type Named, recordOf } from './desk.ts';
import type { Journal } from './journal.ts';
import type { Project } from './project.ts';

/** What is another than the run was opened with, or than somebody adopted since. */
function changesSince(project: Project, { state }: Journal): readonly string[] {
  const { specification, checklist, product } = state.opened;
  return [
    ...(specification === project.specificationDigest ? [] : ['the specification']),
    ...(checklist.digest === sha256(project.checklist.text) ? [] : ['the checklist']),
    ...(product === project.product ? [] : [`the code of Holdpoint (${product}, now ${project.product})`]),
  ];
}

/**
 * Refuses, with `conflict`, to carry a run on under another specification or checklist, or by other code. Steps are not
 * compared here: a plan is made anew from what stands in the world at each start, so that a step which another code or
 * specification names otherwise is not looked for under its old name; what it did is found, and what is left is done.
 */
export function assertUnchanged(project: Project, journal: Journal): void {
  const changed = changesSince(project, journal);
  if (changed.length === 0) return;
  throw new HoldpointError('conflict', `${listed(changed)} changed since run '${journal.run}' was opened`, {
    next: 'Put it back as it was, answer for the change with `holdpoint resume --adopt --as NAME --reason TEXT`, or roll this run back.',
  });
}

export interface AdoptionWord {
  readonly by: Named;
  readonly reason: string;
}

/** Records that a named person lets the run go on under what has changed; nothing where nothing has. */
export async function adoptChanges(
  project: Project,
  journal: Journal,
  { by, reason }: AdoptionWord,
): Promise<void> {
  const changed = changesSince(project, journal);
  if (changed.length === 0) return;
  const { specificationDigest: specification, checklist, product } = project;
  await journal.record({
    type: 'run.adopted',
    by: recordOf(by),
    reason,
    changed: [...changed],
    specification,
    checklist: { file: checklist.file, digest: sha256(checklist.text), text: checklist.text },
    product,
  });
}

const listed = (things: readonly string[]): string =>
  things.length <= 1 ? things.join('') : `${things.slice(0, -1).join(', ')} and ${things.at(-1)}`;
