import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../../system/exec/run.ts';
import { temporaryFolder } from '../subject.fixture.ts';

export interface WorkingCopy {
  readonly folder: string;
  git(...args: readonly string[]): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Commits everything as this author, and yields the commit's id. */
  commit(message: string, author?: string): Promise<string>;
}

/** No configuration of the machine or its user reaches the tests. */
const ENVIRONMENT = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_COMMITTER_NAME: 'Grace',
  GIT_COMMITTER_EMAIL: 'grace@example.com',
};

/** A repository with one commit on main, pushed to a remote of its own. */
export async function workingCopy(): Promise<WorkingCopy> {
  const parent = await temporaryFolder();
  const folder = join(parent, 'work');
  await mkdir(folder);
  const git = async (...args: readonly string[]): Promise<string> => {
    const result = await run(
      { program: 'git', args, cwd: folder, environment: ENVIRONMENT },
      { timeout: 10_000 },
    );
    if (result.exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`);
    return result.stdout.trim();
  };
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const commit = async (message: string, author = 'Ada <ada@example.com>'): Promise<string> => {
    await git('add', '-A');
    await git('commit', '-q', '--allow-empty', '--author', author, '-m', message);
    return git('rev-parse', 'HEAD');
  };
  await git('init', '-q', '-b', 'main');
  await git('init', '-q', '--bare', '-b', 'main', '../remote.git');
  await git('remote', 'add', 'origin', '../remote.git');
  await write('a.txt', 'a');
  await commit('First');
  await git('push', '-q', 'origin', 'main');
  return { folder, git, write, commit };
}
