import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../holdpoint/src/system/exec/run.ts';
import type { Place } from './place.ts';

export const OLD = '1.9.0';
export const GOOD = '2.0.0';
export const BAD = '2.0.1';

const COPIED = ['holdpoint.yaml', 'checklist.md', 'CHANGELOG.md', 'smoke', 'docs'];

/** Lays the example's repository, with a remote and a tag a release, and its releases built from the same code. */
export async function layRepository({ root, project, remote, node }: Place): Promise<void> {
  await rm(join(project, '..'), { recursive: true, force: true });
  await mkdir(join(project, 'backups'), { recursive: true });
  await mkdir(join(project, 'run'), { recursive: true });
  for (const name of COPIED)
    await cp(join(root, 'toolboxai', name), join(project, name), { recursive: true });
  await writeFile(join(project, '.gitignore'), 'releases/\nbackups/\nrun/\n.holdpoint/\n');
  const build = join(root, 'toolboxai', 'build', 'build.ts');
  const out = join(project, 'releases');
  await must(node, [build, OLD, GOOD, BAD, '--out', out], root);
  await commitAndTag(project, remote);
}

/** Without git on the machine the checks of the code cannot look, and say so; the tour goes on. */
async function commitAndTag(project: string, remote: string): Promise<void> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@toolboxai.example'];
  const git = async (...args: readonly string[]): Promise<void> =>
    must('git', [...identity, ...args], project);
  try {
    await git('init', '--quiet', '--initial-branch=main');
  } catch {
    return;
  }
  await git('init', '--quiet', '--bare', '--initial-branch=main', remote);
  await git('remote', 'add', 'origin', remote);
  await git('add', '.');
  for (const version of [OLD, GOOD, BAD]) {
    await git(
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      `Release ${version}\n\nReviewed-by: Grace <grace@toolboxai.example>`,
    );
    await git('tag', '-a', `v${version}`, '-m', `ToolBoxAI ${version}`);
    if (version === GOOD) await git('push', '--quiet', 'origin', 'main', '--tags');
  }
  await git('push', '--quiet', 'origin', 'main', '--tags');
}

export async function checkOut(project: string, version: string): Promise<void> {
  await run(
    { program: 'git', args: ['reset', '--quiet', '--hard', `v${version}`], cwd: project },
    { timeout: 30_000 },
  ).catch(() => undefined);
}

async function must(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { exitCode, stderr, stdout } = await run({ program, args, cwd }, { timeout: 120_000 });
  if (exitCode !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
}
