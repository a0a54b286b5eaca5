import semver from 'semver';
import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { releaseCommit, requireRepository, short } from './repository.ts';

const ID = checkId('code.tag');

const Settings = z.strictObject({
  repository: z.string().default('.'),
  /** The tag's name, `{version}` filled in. */
  tag: z.string().default('v{version}'),
  commit: z.string().default('HEAD'),
});

interface Expected {
  readonly tag: string;
  readonly version: string;
  readonly commit: string;
}

interface Measured {
  /** What the tag's name holds: `tag` is annotated, `commit` lightweight, undefined is none. */
  readonly kind: string | undefined;
  readonly pointsAt: string | undefined;
  readonly running: readonly string[];
}

export function judgeTag(expected: Expected, measured: Measured): Evidence {
  if (measured.kind === undefined) {
    return judgeFaults([`there is no tag ${expected.tag}`], '', {
      next: `Create it: git tag -a ${expected.tag} -m 'Release ${expected.version}'.`,
    });
  }
  const odd = [expected.version, ...measured.running].find((version) => semver.valid(version) === null);
  if (odd !== undefined) {
    return inconclusive(
      `'${odd}' is no semantic version, so that versions cannot be compared`,
      'Name versions by MAJOR.MINOR.PATCH, or let a person sign this item.',
    );
  }
  const newest = [...measured.running].sort(semver.rcompare)[0];
  const faults = [
    ...(measured.kind === 'tag' ? [] : [`${expected.tag} is not an annotated tag`]),
    ...(measured.pointsAt === expected.commit
      ? []
      : [`${expected.tag} points at ${short(measured.pointsAt ?? '?')}, not at ${short(expected.commit)}`]),
    ...(newest === undefined || semver.gt(expected.version, newest)
      ? []
      : [`${expected.version} is not greater than the running ${newest}`]),
  ];
  const after = newest === undefined ? 'nothing is running' : `greater than the running ${newest}`;
  return judgeFaults(faults, `${expected.tag} is annotated, at ${short(expected.commit)}; ${after}`, {
    next: 'Tag the release commit with a version greater than the running one.',
  });
}

export const tag: Check = {
  id: ID,
  timeLimit: 30_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    const repository = await requireRepository(subject, probe, settings.repository);
    const name = settings.tag.replaceAll('{version}', subject.version);
    const kind = await repository.attempt(['cat-file', '-t', `refs/tags/${name}`]);
    const running = new Set(subject.world.replicas.map(({ revision }) => revision.version));
    return judgeTag(
      { tag: name, version: subject.version, commit: await releaseCommit(repository, settings.commit) },
      {
        kind: kind.exitCode === 0 ? kind.stdout.trim() : undefined,
        pointsAt: await repository.commitOf(`refs/tags/${name}`),
        running: [...running],
      },
    );
  },
};
