import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the tour lives: always the same for one checkout, so that the next tour finds what a killed one left. */
export interface Place {
  readonly root: string;
  /** The example's repository, as a team would have it. */
  readonly project: string;
  readonly remote: string;
  /** PostgreSQL's data: outside the checkout, which another user may not be able to enter. */
  readonly database: string;
  readonly node: string;
  readonly command: string;
}

export function tourPlace(): Place {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const mark = createHash('sha256').update(root).digest('hex').slice(0, 10);
  const folder = join(root, '.holdpoint', 'tour');
  return {
    root,
    project: join(folder, 'toolboxai'),
    remote: join(folder, 'remote.git'),
    database: join(tmpdir(), `holdpoint-tour-${process.getuid?.() ?? 0}-${mark}`),
    node: process.execPath,
    command: join(root, 'holdpoint', 'dist', 'holdpoint.mjs'),
  };
}
