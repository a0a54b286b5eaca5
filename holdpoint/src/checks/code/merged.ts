import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { type Repository, releaseCommit, requireRepository, short } from './repository.ts';

const ID = checkId('code.merged');

const Settings = z.strictObject({
  repository: z.string().default('.'),
  remote: z.string().default('origin'),
  main: z.string().default('main'),
  commit: z.string().default('HEAD'),
});
type Expected = z.output<typeof Settings>;

interface Measured {
  readonly commit: string;
  /** What the remote's branch points at, as the remote says it now; undefined when there is no such branch. */
  readonly remoteMain: string | undefined;
  /** undefined when that commit was never fetched, so that nothing can be said. */
  readonly merged: boolean | undefined;
  readonly dirty: readonly string[];
  readonly unpushed: number;
}

export function judgeMerged(expected: Pick<Expected, 'remote' | 'main'>, measured: Measured): Evidence {
  const branch = `${expected.remote}/${expected.main}`;
  const commit = short(measured.commit);
  if (measured.remoteMain !== undefined && measured.merged === undefined) {
    return inconclusive(
      `${branch} is at ${short(measured.remoteMain)}, which was never fetched`,
      `Run 'git fetch ${expected.remote}' and check again.`,
    );
  }
  const faults = [
    ...(measured.remoteMain === undefined ? [`${expected.remote} has no branch '${expected.main}'`] : []),
    ...(measured.merged === false ? [`${commit} is not merged into ${branch}`] : []),
    ...(measured.dirty.length > 0 ? [`${measured.dirty.length} files differ from the commit`] : []),
    ...(measured.unpushed > 0 ? [`${measured.unpushed} commits are not pushed`] : []),
  ];
  return judgeFaults(faults, `${commit} is merged into ${branch}; tree clean, 0 commits unpushed`, {
    ...(measured.dirty.length > 0 ? { details: measured.dirty.slice(0, 20) } : {}),
    next: `Commit, push and merge everything into '${expected.main}', then check again.`,
  });
}

async function measure(repository: Repository, expected: Expected): Promise<Measured> {
  const commit = await releaseCommit(repository, expected.commit);
  const remotes = (await repository.git('remote')).split('\n');
  if (!remotes.includes(expected.remote)) {
    throw new HoldpointError('configuration', `the repository has no remote '${expected.remote}'`, {
      next: "Add it with 'git remote add', or name another one under 'remote' in the check's settings.",
    });
  }
  // Asked of the remote itself: the local copy of its branch is as old as the last fetch.
  const line = await repository.git('ls-remote', expected.remote, `refs/heads/${expected.main}`);
  const remoteMain = line === '' ? undefined : line.split('\t', 1)[0];
  const known = remoteMain === undefined ? undefined : await repository.commitOf(remoteMain);
  const status = await repository.git('status', '--porcelain', '--untracked-files=normal');
  const published = [`--remotes=${expected.remote}`, ...(known === undefined ? [] : [known])];
  const unpushed = await repository.git('rev-list', '--count', commit, '--not', ...published);
  return {
    commit,
    remoteMain,
    merged: known === undefined ? undefined : await isAncestor(repository, commit, known),
    dirty: status === '' ? [] : status.split('\n'),
    unpushed: Number(unpushed),
  };
}

async function isAncestor(repository: Repository, commit: string, of: string): Promise<boolean> {
  const { exitCode, stderr } = await repository.attempt(['merge-base', '--is-ancestor', commit, of]);
  if (exitCode === 0 || exitCode === 1) return exitCode === 0;
  throw new HoldpointError('command-failed', `git merge-base failed: ${stderr.trim()}`);
}

export const merged: Check = {
  id: ID,
  timeLimit: 30_000,
  run: async (subject, probe) => {
    const expected = readSettings(subject, ID, Settings);
    const repository = await requireRepository(subject, probe, expected.repository);
    return judgeMerged(expected, await measure(repository, expected));
  },
};
