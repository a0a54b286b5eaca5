import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

/** Every source file that git knows or would add, relative to the repository: nothing built, nothing installed. */
export function sourceFiles() {
  const { status, stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error('git cannot list the files of this repository');
  return stdout
    .split('\n')
    .filter((path) => /^(holdpoint|toolboxai|scripts|e2e)\/.*\.(ts|tsx|mjs)$/.test(path))
    .filter((path) => existsSync(join(root, path)));
}
