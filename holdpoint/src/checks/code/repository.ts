import { resolve } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import type { CommandResult } from '../../system/exec/command.ts';
import type { Probe, Subject } from '../check.ts';
import { pathOf } from '../settings.ts';

/** A git repository that is only read. */
export interface Repository {
  readonly root: string;
  /** The output without its last line break. Throws `command-failed` on any other exit status than 0. */
  git(...args: readonly string[]): Promise<string>;
  /** The whole result, for commands whose exit status is an answer. */
  attempt(args: readonly string[], input?: string): Promise<CommandResult>;
  /** The full id of the commit that a name stands for, or undefined. */
  commitOf(name: string): Promise<string | undefined>;
}

const TIMEOUT = 20_000;

/** A prompt would hang the check, a translated message could not be read, and a refreshed index would be a change. */
const ENVIRONMENT = { GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };

/** The repository around a folder of the settings or the specification; undefined when there is none. */
export async function findRepository(
  subject: Subject,
  probe: Probe,
  written = '.',
): Promise<Repository | undefined> {
  const attemptIn =
    (folder: string) =>
    (args: readonly string[], input?: string): Promise<CommandResult> =>
      probe.exec(
        {
          program: 'git',
          args,
          cwd: folder,
          environment: ENVIRONMENT,
          ...(input === undefined ? {} : { input }),
        },
        { timeout: TIMEOUT, signal: probe.signal },
      );
  const folder = pathOf(subject, written);
  const found = await attemptIn(folder)(['rev-parse', '--show-toplevel']);
  if (found.exitCode !== 0) {
    if (/not a git repository/i.test(found.stderr)) return undefined;
    throw failure('rev-parse', found);
  }
  const root = resolve(found.stdout.trim());
  const attempt = attemptIn(root);
  return {
    root,
    attempt,
    git: async (...args) => {
      const result = await attempt(args);
      if (result.exitCode !== 0) throw failure(args[0] ?? '', result);
      return result.stdout.replace(/\n$/, '');
    },
    commitOf: async (name) => {
      const result = await attempt([
        'rev-parse',
        '--verify',
        '--quiet',
        '--end-of-options',
        `${name}^{commit}`,
      ]);
      return result.exitCode === 0 ? result.stdout.trim() : undefined;
    },
  };
}

/** As `findRepository`, but its absence is the configuration's mistake. */
export async function requireRepository(
  subject: Subject,
  probe: Probe,
  written?: string,
): Promise<Repository> {
  const repository = await findRepository(subject, probe, written);
  if (repository !== undefined) return repository;
  throw new HoldpointError('configuration', 'the specification is not inside a git repository', {
    next: "Name the repository's folder under 'repository' in the check's settings.",
  });
}

/** The release's commit. Throws `configuration` when the name means nothing here. */
export async function releaseCommit(repository: Repository, name = 'HEAD'): Promise<string> {
  const commit = await repository.commitOf(name);
  if (commit !== undefined) return commit;
  throw new HoldpointError('configuration', `'${name}' is no commit of ${repository.root}`, {
    next: "Write a commit, a tag or a branch that exists under 'commit' in the check's settings.",
  });
}

export const short = (commit: string): string => commit.slice(0, 8);

const failure = (command: string, result: CommandResult): HoldpointError =>
  new HoldpointError(
    result.timedOut ? 'timeout' : 'command-failed',
    `git ${command} ${result.timedOut ? 'gave no answer in time' : `failed: ${result.stderr.trim().split('\n')[0] ?? ''}`}`,
    { next: 'Run the same git command in the repository, and mend what it complains about.' },
  );
