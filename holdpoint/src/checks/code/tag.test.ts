import { describe, expect, it } from 'vitest';
import { digest } from '../../kernel/ids.ts';
import { look, NOW, replica, subject, temporaryFolder } from '../subject.fixture.ts';
import { workingCopy } from './repository.fixture.ts';
import { judgeTag, tag } from './tag.ts';

const expected = { tag: 'v2.0.0', version: '2.0.0', commit: 'c'.repeat(40) };
const running = (version: string) => ({
  at: NOW,
  replicas: [replica('backend', { revision: { version, digest: digest('0'.repeat(64)) } })],
});

describe('code.tag', () => {
  it('passes an annotated tag at the release commit, newer than what runs', async () => {
    const { folder, git } = await workingCopy();
    await git('tag', '-a', 'v2.0.0', '-m', 'Release');
    const evidence = await look(tag, subject({ folder, world: running('1.10.0') }));
    expect(evidence).toMatchObject({
      verdict: 'pass',
      summary: expect.stringMatching(/greater than the running 1\.10\.0$/),
    });
  });

  it('fails a missing tag, a lightweight one, and one that points elsewhere', async () => {
    const { folder, git, commit } = await workingCopy();
    expect((await look(tag, subject({ folder }))).summary).toBe('there is no tag v2.0.0');
    await git('tag', 'v2.0.0');
    expect((await look(tag, subject({ folder }))).summary).toBe('v2.0.0 is not an annotated tag');
    await git('tag', '-f', '-a', 'v2.0.0', '-m', 'Release');
    await commit('Later');
    const evidence = await look(tag, subject({ folder }));
    expect(evidence).toMatchObject({
      verdict: 'fail',
      summary: expect.stringMatching(/^v2\.0\.0 points at .*, not at /),
    });
  });

  it.each([
    ['2.0.0', 'fail'],
    ['2.0.1', 'fail'],
    ['2.0.0-rc.1', 'pass'],
    ['1.99.0', 'pass'],
    ['blue', 'inconclusive'],
  ])('compares by semantic versions: %s runs, so %s', (version, verdict) => {
    const measured = { kind: 'tag', pointsAt: expected.commit, running: [version] };
    expect(judgeTag(expected, measured).verdict).toBe(verdict);
  });

  it('is broken without a repository', async () => {
    await expect(look(tag, subject({ folder: await temporaryFolder() }))).rejects.toThrow('git repository');
  });
});
