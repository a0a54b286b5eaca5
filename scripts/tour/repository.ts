import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../holdpoint/src/system/exec/run.ts';
import type { Place } from './place.ts';

export const OLD = '1.9.0';
export const GOOD = '2.0.0';
export const BAD = '2.0.1';

const COPIED = ['holdpoint.yaml', 'checklist.md', 'CHANGELOG.md', 'smoke', 'docs'];

export interface Laying {
  /** Built from the same code, and tagged in this order. */
  readonly versions: readonly string[];
  /** Ends the work between two programs, and the one that runs. */
  readonly signal?: AbortSignal;
  /** Called before the first commit, with the repository's folder: the place to make the example another one. */
  readonly change?: (project: string) => Promise<void>;
}

/** Lays the example's repository, with a remote and a tag a release, and its releases built from the same code. */
export async function layRepository(
  place: Place,
  { versions, signal, change }: Laying = { versions: [OLD, GOOD, BAD] },
): Promise<void> {
  const { root, folder, project, node } = place;
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(project, 'backups'), { recursive: true });
  await mkdir(join(project, 'run'), { recursive: true });
  for (const name of COPIED)
    await cp(join(root, 'toolboxai', name), join(project, name), { recursive: true });
  await writeFile(join(project, '.gitignore'), 'releases/\nbackups/\nrun/\n.holdpoint/\n');
  const build = join(root, 'toolboxai', 'build', 'build.ts');
  await must(node, [build, ...versions, '--out', join(project, 'releases')], root, signal);
  await change?.(project);
  await commitAndTag(place, versions, signal);
}

/**
 * Makes the project a repository with a remote and a tag a release. Without git on the machine the checks of the code
 * cannot look, and say so; the release goes on.
 */
export async function commitAndTag(
  { project, remote }: Pick<Place, 'project' | 'remote'>,
  versions: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@toolboxai.example'];
  // A machine's own settings may ask for signatures, or hooks, that nobody could give here.
  const plain = ['-c', 'commit.gpgsign=false', '-c', 'tag.gpgsign=false', '-c', 'core.hooksPath=/dev/null'];
  const git = async (...args: readonly string[]): Promise<void> =>
    must('git', [...identity, ...plain, ...args], project, signal);
  try {
    await git('init', '--quiet', '--initial-branch=main');
  } catch {
    signal?.throwIfAborted();
    return;
  }
  await git('init', '--quiet', '--bare', '--initial-branch=main', remote);
  await git('remote', 'add', 'origin', remote);
  await git('add', '.');
  for (const version of versions) {
    const message = `Release ${version}\n\nReviewed-by: Grace <grace@toolboxai.example>`;
    await git('commit', '--quiet', '--allow-empty', '-m', message);
    await git('tag', '-a', `v${version}`, '-m', `ToolBoxAI ${version}`);
  }
  await git('push', '--quiet', 'origin', 'main', '--tags');
}

/** Lets roll-outs go on without evidence, where it is measured how long the steps themselves take. */
export async function withoutHold(project: string): Promise<void> {
  const file = join(project, 'holdpoint.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/^watch:$/m, 'watch:\n  rollout: "off"'));
}

export async function checkOut(project: string, version: string): Promise<void> {
  await run(
    { program: 'git', args: ['reset', '--quiet', '--hard', `v${version}`], cwd: project },
    { timeout: 30_000 },
  ).catch(() => undefined);
}

async function must(
  program: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { timeout: 120_000, ...(signal === undefined ? {} : { signal }) };
  const { exitCode, stderr, stdout } = await run({ program, args, cwd }, options);
  if (exitCode !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
}
