import { expect, test } from 'vitest';
import type { Backups } from '../backup/set/backups.ts';
import type { SetManifest } from '../backup/set/manifest.ts';
import { parseDuration } from '../kernel/durations.ts';
import { checkId } from '../kernel/ids.ts';
import { makeRig } from './run.fixture.ts';
import { subjectOf } from './subject.ts';

const settingsOf = async (checklist: string, check: string) => {
  const { project } = makeRig({ checklist });
  const subject = await subjectOf(project, '2.0.0', await project.target.inspect());
  return subject.settings(checkId(check));
};

test('each item that limits one service keeps its own limit', async () => {
  const checklist = [
    '- [ ] Sizes <!-- holdpoint: images.size of=children -->',
    '  - [ ] backend <!-- holdpoint: images.size service=backend max=200MB -->',
    '  - [ ] nginx <!-- holdpoint: images.size service=nginx max=50MB -->',
    '- [ ] All <!-- holdpoint: images.size max=1GB -->',
  ].join('\n');
  expect(await settingsOf(checklist, 'images.size')).toEqual({
    max: '1GB',
    services: [
      { service: 'backend', max: '200MB' },
      { service: 'nginx', max: '50MB' },
    ],
  });
});

test('what items say of other checks is laid over what the specification says', async () => {
  const checklist = '- [ ] No root <!-- holdpoint: images.user uids=1001-1003 -->\n';
  expect(await settingsOf(checklist, 'images.user')).toEqual({ uids: '1001-1003' });
});

test('a length of time that the specification has told once is told to its check as one', async () => {
  const checklist = '- [ ] Backup <!-- holdpoint: database.backup -->\n';
  const { project } = makeRig({ checklist, database: 'postgres://127.0.0.1:1/none' });
  const { database } = project.specification;
  if (database === undefined) return expect.fail('the rig has a database');
  const subject = await subjectOf(project, '2.0.0', await project.target.inspect());
  const { maxAge } = subject.settings(checkId('database.backup'));
  expect(parseDuration(String(maxAge))).toBe(database.backup.maxAge);
});

const part: SetManifest['parts'][number] = {
  ...{ source: 'volume:uploads', kind: 'volume', files: 1, bytes: 1, at: 5_000, facts: {} },
  ...{ tree: { key: 'a', bytes: 1 }, entries: { key: 'b', bytes: 1 }, consistency: { kind: 'files' } },
};
const manifestOf = (id: string, ...parts: readonly (typeof part)[]): SetManifest => ({
  ...{ version: 1, id, system: 'shop', environment: 'production', at: 5_000 },
  ...{ expected: parts.map(({ source }) => source), parts: [...parts] },
});

test('checks that want to know what lies in the vault share one question, and a failed one is asked again', async () => {
  const { project } = makeRig({ checklist: '- [ ] Backup\n' });
  const signal = new AbortController().signal;
  const database = { ...part, source: 'postgres:shop', kind: 'postgres-physical' as const };
  const shown = (verdict: 'pass' | 'fail') => ({ manifest: '', at: 9_000, verdict, summary: '' });
  let asked = 0;
  const list: Backups['list'] = async () => {
    asked += 1;
    if (asked === 1) throw new Error('the vault does not answer');
    const sets = [
      { manifest: manifestOf('whole', part, database), text: '', proof: shown('pass') },
      { manifest: manifestOf('files', part), text: '', proof: shown('fail') },
    ];
    return { sets, damaged: [] };
  };
  const unasked = () => Promise.reject(new Error('nobody asks'));
  const sets: Backups = {
    ...{ place: 'vault', list, create: unasked, verify: unasked, plan: unasked, restore: unasked },
    ...{ drill: unasked, prune: unasked, settle: unasked },
  };
  const { vault } = await subjectOf({ ...project, sets }, '2.0.0', await project.target.inspect());
  await expect(vault?.(signal)).rejects.toThrow('does not answer');
  const [one, other] = await Promise.all([vault?.(signal), vault?.(signal)]);
  expect(asked).toBe(2);
  expect(other).toEqual(one);
  expect(one).toMatchObject([
    { name: 'whole', createdAt: 5_000, database: true, proof: { at: 9_000 } },
    { name: 'files', database: false },
  ]);
  expect(one?.[1]).not.toHaveProperty('proof');
});
