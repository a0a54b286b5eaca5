import { describe, expect, it } from 'vitest';
import { look, subject, temporaryFolder } from '../subject.fixture.ts';
import { workingCopy } from './repository.fixture.ts';
import { isOther, review } from './review.ts';

describe('code.review', () => {
  it('passes when each change since the last tag has another reviewer', async () => {
    const { folder, git, commit } = await workingCopy();
    await git('tag', '-a', 'v1.9.0', '-m', 'Release');
    await commit('Second\n\nReviewed-by: Grace <grace@example.com>');
    await commit('Third\n\nReviewed-by: Ada <ada@example.com>\nReviewed-by: Linus <l@example.com>');
    await git('tag', '-a', 'v2.0.0', '-m', 'Release');
    expect(await look(review, subject({ folder }))).toMatchObject({
      verdict: 'pass',
      summary: '2 of 2 changes since v1.9.0 were reviewed',
    });
  });

  it('fails changes that nobody, or only their author, reviewed', async () => {
    const { folder, git, commit } = await workingCopy();
    await git('tag', 'v1.9.0');
    await commit('Second');
    await commit('Third\n\nReviewed-by: ada <other@example.com>');
    const evidence = await look(review, subject({ folder }));
    expect(evidence.verdict).toBe('fail');
    expect(evidence.details).toEqual([
      expect.stringMatching(/^[0-9a-f]{8} 'Third' was reviewed by its author only$/),
      expect.stringMatching(/^[0-9a-f]{8} 'Second' has no reviewer$/),
    ]);
  });

  it('proves nothing where nothing changed', async () => {
    const { folder, git } = await workingCopy();
    await git('tag', 'v1.9.0');
    expect(await look(review, subject({ folder }))).toMatchObject({ verdict: 'inconclusive' });
  });

  it('is broken by a start that does not exist, and without a repository', async () => {
    const { folder } = await workingCopy();
    await expect(look(review, subject({ folder, settings: { since: 'v0' } }))).rejects.toThrow(
      "'v0' is no commit",
    );
    await expect(look(review, subject({ folder: await temporaryFolder() }))).rejects.toThrow(
      'git repository',
    );
  });
});

describe('another person', () => {
  const author = { name: 'Ada Lovelace', email: 'ada@example.com' };
  it.each([
    ['Grace Hopper <grace@example.com>', true],
    ['Grace Hopper', true],
    ['Ada L <ADA@example.com>', false],
    ['ada lovelace <ada@home.example>', false],
    ['', false],
    ['<>', false],
  ])('%j: %s', (reviewer, other) => {
    expect(isOther(reviewer, author)).toBe(other);
  });
});
