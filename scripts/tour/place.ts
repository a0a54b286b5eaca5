import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where an example of a system lives that is released on this machine. */
export interface Place {
  /** The checkout that it is made from. */
  readonly root: string;
  /** Holds everything but the database; it is emptied before the example is laid. */
  readonly folder: string;
  /** The example's repository, as a team would have it. */
  readonly project: string;
  readonly remote: string;
  /** PostgreSQL's data: outside the checkout, which another user may not be able to enter. */
  readonly database: string;
  readonly node: string;
  readonly command: string;
}

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The place in a folder: always the same for one folder, so that whoever comes next finds what a killed one left. */
export function placeIn(folder: string): Place {
  const own = resolve(folder);
  const mark = createHash('sha256').update(own).digest('hex').slice(0, 10);
  return {
    root: ROOT,
    folder: own,
    project: join(own, 'toolboxai'),
    remote: join(own, 'remote.git'),
    database: join(tmpdir(), `holdpoint-tour-${process.getuid?.() ?? 0}-${mark}`),
    node: process.execPath,
    command: join(ROOT, 'holdpoint', 'dist', 'holdpoint.mjs'),
  };
}

/** The place of the tour of this checkout. */
export const tourPlace = (): Place => placeIn(join(ROOT, '.holdpoint', 'tour'));
