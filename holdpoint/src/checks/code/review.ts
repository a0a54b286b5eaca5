import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { type Repository, releaseCommit, requireRepository, short } from './repository.ts';

const ID = checkId('code.review');

const Settings = z.strictObject({
  repository: z.string().default('.'),
  commit: z.string().default('HEAD'),
  /** Where the changes begin; the last tag before the release's own unless named. */
  since: z.string().optional(),
  trailer: z
    .string()
    .regex(/^[\w-]+$/)
    .default('Reviewed-by'),
});

export interface Change {
  readonly commit: string;
  readonly subject: string;
  readonly author: { readonly name: string; readonly email: string };
  /** As trailers are written: `Grace Hopper <grace@example.com>`. */
  readonly reviewers: readonly string[];
}

const key = (text: string): string => text.trim().toLowerCase();

/** Whether a reviewer is another person than the author, by address where both have one, else by name. */
export function isOther(reviewer: string, author: Change['author']): boolean {
  const [, name = reviewer, email] = /^(.*?)\s*<([^>]*)>\s*$/.exec(reviewer) ?? [];
  if (key(name) === '' && key(email ?? '') === '') return false;
  return key(name) !== key(author.name) && key(email ?? '') !== key(author.email);
}

function judgeReview(since: string | undefined, changes: readonly Change[]): Evidence {
  const from = since === undefined ? 'the beginning' : since;
  if (changes.length === 0) {
    return inconclusive(`no change since ${from}`, 'Look whether the release commit is the right one.');
  }
  const faults = changes
    .filter(({ reviewers, author }) => !reviewers.some((reviewer) => isOther(reviewer, author)))
    .map((change) => {
      const why = change.reviewers.length === 0 ? 'has no reviewer' : 'was reviewed by its author only';
      return `${short(change.commit)} '${change.subject}' ${why}`;
    });
  return judgeFaults(faults, `${changes.length} of ${changes.length} changes since ${from} were reviewed`, {
    measured: `${changes.length - faults.length} of ${changes.length} changes reviewed`,
    next: 'Let somebody else review these changes, and record it as a trailer of the commit.',
  });
}

async function lastTag(repository: Repository, commit: string, own: string): Promise<string | undefined> {
  const found = await repository.attempt(['describe', '--tags', '--abbrev=0', '--exclude', own, commit]);
  return found.exitCode === 0 ? found.stdout.trim() : undefined;
}

async function changesOf(repository: Repository, range: string, trailer: string): Promise<readonly Change[]> {
  const reviewers = `%(trailers:key=${trailer},valueonly,separator=%x1f)`;
  const format = `%H%x1e%s%x1e%aN%x1e%aE%x1e${reviewers}`;
  const text = await repository.git('log', '--no-merges', '-z', `--format=${format}`, range);
  return text
    .split('\0')
    .filter((entry) => entry.trim() !== '')
    .map((entry) => {
      const [commit = '', subject = '', name = '', email = '', found = ''] = entry.trim().split('\x1e');
      return { commit, subject, author: { name, email }, reviewers: found.split('\x1f').filter(Boolean) };
    });
}

export const review: Check = {
  id: ID,
  timeLimit: 30_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    const repository = await requireRepository(subject, probe, settings.repository);
    const commit = await releaseCommit(repository, settings.commit);
    const since = settings.since ?? (await lastTag(repository, commit, `*${subject.version}`));
    if (since !== undefined) await releaseCommit(repository, since);
    const range = since === undefined ? commit : `${since}..${commit}`;
    return judgeReview(since, await changesOf(repository, range, settings.trailer));
  },
};
