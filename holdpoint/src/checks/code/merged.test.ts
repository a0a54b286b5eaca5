import { describe, expect, it } from 'vitest';
import { look, subject, temporaryFolder } from '../subject.fixture.ts';
import { judgeMerged, merged } from './merged.ts';
import { workingCopy } from './repository.fixture.ts';

const expected = { remote: 'origin', main: 'main' };
const good = { commit: 'c'.repeat(40), remoteMain: 'd'.repeat(40), merged: true, dirty: [], unpushed: 0 };

describe('code.merged', () => {
  it('passes a commit that the remote main holds', async () => {
    const { folder, git } = await workingCopy();
    const head = (await git('rev-parse', 'HEAD')).slice(0, 8);
    expect(await look(merged, subject({ folder }))).toEqual({
      verdict: 'pass',
      summary: `${head} is merged into origin/main; tree clean, 0 commits unpushed`,
    });
  });

  it('fails what is committed but not pushed, and what is not committed', async () => {
    const { folder, commit, write } = await workingCopy();
    await commit('Second');
    await write('b.txt', 'b');
    const evidence = await look(merged, subject({ folder }));
    expect(evidence.verdict).toBe('fail');
    expect(evidence.details).toEqual([
      expect.stringContaining('is not merged into origin/main'),
      '1 files differ from the commit',
      '1 commits are not pushed',
      '?? b.txt',
    ]);
  });

  it('fails a branch that is pushed but not merged', async () => {
    const { folder, commit, git } = await workingCopy();
    await git('switch', '-q', '-c', 'feature');
    await commit('Second');
    await git('push', '-q', 'origin', 'feature');
    const evidence = await look(merged, subject({ folder }));
    expect(evidence).toMatchObject({ verdict: 'fail', summary: expect.stringContaining('is not merged') });
    expect(evidence.details).toHaveLength(1);
  });

  it('asks the remote itself, and says nothing about commits that were never fetched', async () => {
    const { folder, commit, git } = await workingCopy();
    await commit('Second');
    await git('push', '-q', 'origin', 'main');
    await git('reset', '-q', '--hard', 'HEAD~1');
    await git('update-ref', '-d', 'refs/remotes/origin/main');
    await git('reflog', 'expire', '--expire=now', '--all');
    await git('gc', '-q', '--prune=now');
    expect(await look(merged, subject({ folder }))).toMatchObject({ verdict: 'inconclusive' });
  });

  it('is broken without a repository, a remote or an answer of it', async () => {
    const outside = subject({ folder: await temporaryFolder() });
    await expect(look(merged, outside)).rejects.toMatchObject({ code: 'configuration' });
    const { folder, git } = await workingCopy();
    const elsewhere = subject({ folder, settings: { remote: 'upstream' } });
    await expect(look(merged, elsewhere)).rejects.toMatchObject({ code: 'configuration' });
    await git('remote', 'set-url', 'origin', '../gone.git');
    await expect(look(merged, subject({ folder }))).rejects.toMatchObject({ code: 'command-failed' });
  });

  it('fails when the remote has no such branch', () => {
    const evidence = judgeMerged(expected, { ...good, remoteMain: undefined, merged: undefined });
    expect(evidence).toMatchObject({ verdict: 'fail', summary: "origin has no branch 'main'" });
  });
});
