import { expect, test } from 'vitest';
import { sha256 } from '../kernel/canonical.ts';
import { adoptChanges, assertUnchanged } from './adoption.ts';
import { openRun } from './open-run.ts';
import type { Project } from './project.ts';
import { makeRig, RUN } from './run.fixture.ts';

const run = { version: '2.0.0', by: { name: 'Ada' }, startsAt: undefined };

async function openedRun() {
  const { project } = makeRig();
  return { project, journal: await openRun(project, RUN, run) };
}

const more = ({ checklist }: Project): Project['checklist'] => ({
  ...checklist,
  text: `${checklist.text}\n- [ ] More\n`,
});

test.each<[string, (project: Project) => Partial<Project>, string]>([
  ['the specification', () => ({ specificationDigest: 'other' }), 'the specification changed'],
  ['the checklist', (project) => ({ checklist: more(project) }), 'the checklist changed'],
  ['the code', () => ({ product: '0.1.0+abc' }), 'the code of Holdpoint (0.1.0, now 0.1.0+abc) changed'],
  [
    'everything',
    (project) => ({ specificationDigest: 'other', checklist: more(project), product: '0.2.0' }),
    'the specification, the checklist and the code of Holdpoint (0.1.0, now 0.2.0) changed',
  ],
])('a run is not carried on when %s changed, and is told so', async (_what, change, message) => {
  const { project, journal } = await openedRun();
  expect(() => assertUnchanged(project, journal)).not.toThrow();
  expect(() => assertUnchanged({ ...project, ...change(project) }, journal)).toThrow(
    expect.objectContaining({ code: 'conflict', message: expect.stringContaining(message) }),
  );
});

test('once somebody has adopted the change by name, the run goes on under it, and only under it', async () => {
  const { project, journal } = await openedRun();
  const changed = { ...project, specificationDigest: 'other', checklist: more(project), product: '0.2.0' };
  await adoptChanges(changed, journal, { by: { name: 'Grace' }, reason: 'a wrong limit' });
  expect(() => assertUnchanged(changed, journal)).not.toThrow();
  expect(() => assertUnchanged(project, journal)).toThrow(expect.objectContaining({ code: 'conflict' }));
  expect((await project.log.read(RUN)).at(-1)?.body).toEqual({
    type: 'run.adopted',
    by: { name: 'Grace' },
    reason: 'a wrong limit',
    changed: ['the specification', 'the checklist', 'the code of Holdpoint (0.1.0, now 0.2.0)'],
    specification: 'other',
    checklist: {
      file: changed.checklist.file,
      digest: sha256(changed.checklist.text),
      text: changed.checklist.text,
    },
    product: '0.2.0',
  });
});

test('where nothing changed there is nothing to adopt', async () => {
  const { project, journal } = await openedRun();
  await adoptChanges(project, journal, { by: { name: 'Grace' }, reason: 'to be sure' });
  expect(journal.state.head.seq).toBe(1);
});
