import { describe, expect, test } from 'vitest';
import type { StepName } from '../kernel/ids.ts';
import { findRun, openRun, servingRevision } from './open-run.ts';
import { makeRig, type Rig, RUN } from './run.fixture.ts';
import { newRunId } from './run-id.ts';
import { NEW, OLD } from './system.fixture.ts';

const run = (version: string) => ({ version, by: { name: 'Ada' }, startsAt: undefined });

describe('opening a run', () => {
  test('says what comes, what was there, by whom, and under which specification and checklist', async () => {
    const { project } = makeRig();
    const { state } = await openRun(project, RUN, run('2.0.0'));
    expect(state.opened).toMatchObject({
      version: '2.0.0',
      to: NEW,
      from: OLD,
      by: { name: 'Ada' },
      specification: project.specificationDigest,
      checklist: { text: project.checklist.text },
    });
  });

  test('of a first deployment knows no version to go back to', async () => {
    const { project } = makeRig({ serving: 'nothing' });
    expect((await openRun(project, RUN, run('2.0.0'))).state.opened).not.toHaveProperty('from');
  });

  const refused = async (rig: Rig, version: string, code: string) => {
    await expect(openRun(rig.project, RUN, run(version))).rejects.toMatchObject({ code });
    expect(await rig.project.log.runs()).toEqual([]);
    expect(rig.machine.effects).toEqual([]);
  };

  test('of a version that does not exist is refused before anything is written', () =>
    refused(makeRig(), '9.9.9', 'not-found'));

  test('is refused when what serves now could not be brought back', () => {
    const rig = makeRig();
    rig.machine.releases.delete('1.9.0');
    return refused(rig, '2.0.0', 'conflict');
  });

  test('is refused while two revisions run beside each other, and says which', async () => {
    const rig = makeRig();
    rig.machine.failures.set('backend/await-ready/2.0.0-bbbbbbbb/2' as StepName, 'hang');
    const interrupted = new AbortController();
    const { perform } = rig.project.target;
    const stopping = {
      ...rig.project.target,
      perform: async (...parts: Parameters<typeof perform>) => {
        if (parts[0].name.endsWith('/drain/1.9.0-aaaaaaaa/1')) interrupted.abort(new Error('Ctrl-C'));
        return perform(...parts);
      },
    };
    Object.assign(rig.project, { target: stopping });
    expect(await rig.deploy('2.0.0', { signal: interrupted.signal })).toMatchObject({ kind: 'stopped' });
    await expect(openRun(rig.project, 'run-2', run('2.0.0'))).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/(1\.9\.0 and 2\.0\.0|2\.0\.0 and 1\.9\.0) run beside each other/),
    });
    expect(await rig.project.log.runs()).toHaveLength(1);
  });

  test('what is dead does not serve', async () => {
    const { project, machine } = makeRig();
    const world = await project.target.inspect();
    const replicas = world.replicas.map((replica) => ({ ...replica, state: 'dead' as const }));
    expect(servingRevision(project.target, { ...world, replicas })).toBeUndefined();
    expect(servingRevision(project.target, machine.world)).toEqual(OLD);
  });
});

describe('finding a run', () => {
  test('takes the newest that is open, or the one that is named', async () => {
    const { project, clock } = makeRig();
    await openRun(project, 'first', run('2.0.0'));
    await clock.wait(1);
    const second = await openRun(project, 'second', run('2.0.0'));
    expect((await findRun(project, undefined, true)).run).toBe('second');
    await second.record({ type: 'run.closed', outcome: 'promoted', summary: '' });
    expect((await findRun(project, undefined, true)).run).toBe('first');
    expect((await findRun(project, undefined, false)).run).toBe('second');
    expect((await findRun(project, 'second', true)).run).toBe('second');
  });

  test('finds none of another environment, and none that is not there', async () => {
    const { project } = makeRig();
    await openRun(project, 'first', run('2.0.0'));
    const staging = { ...project, specification: { ...project.specification, environment: 'staging' } };
    for (const wanted of [undefined, 'first']) {
      await expect(findRun(staging, wanted, true)).rejects.toMatchObject({ code: 'not-found' });
    }
    await expect(findRun(project, 'third', true)).rejects.toMatchObject({ code: 'not-found' });
  });
});

test('a run is named by its time and version, fit for a file name and in the order of time', () => {
  const at = Date.parse('2026-11-22T20:15:00Z');
  expect(newRunId(at, '2.0.0', '1a2b-3c4d')).toBe('20261122-201500-2.0.0-1a2b');
  expect(newRunId(at, '../../etc', '----xy')).toBe('20261122-201500-.._.._etc-xy');
  expect(newRunId(at, 'a', 'b') < newRunId(at + 1_000, 'a', 'b')).toBe(true);
});
