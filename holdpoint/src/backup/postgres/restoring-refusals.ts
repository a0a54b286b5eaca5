import { access, constants, lstat, open, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import { formatBytes } from '../../kernel/quantities.ts';
import { readTextIfAny } from '../../system/files.ts';
import type { Replacement } from './replacement.ts';
import { assertServerHere } from './restoring-identity.ts';
import { holds, originalOf } from './restoring-place.ts';
import { CONTROL_FILE } from './selection.ts';

/** For the log that the first minutes write, and the folders. */
const SPARE = 64 * 2 ** 20;

/** Throws `configuration` for what could not be restored in place, before anything is touched. */
export async function assertReplaceable(replacement: Replacement): Promise<void> {
  const { place, manifest, run, digest } = replacement;
  const present = await originalOf(place);
  await assertSameSystem(present, manifest.server.systemIdentifier);
  await assertInside(replacement, present);
  await assertMovable(place.parent, present);
  await replacement.server.assertOurs(place.data);
  const laid = (await holds(place.data, run, digest)) || (await holds(place.beside, run, digest));
  if (!laid) await assertRoom(place.parent, manifest.bytes);
  await assertServerHere(replacement);
}

async function assertSameSystem(present: string, identifier: string): Promise<void> {
  const control = await open(join(present, CONTROL_FILE), 'r').catch((cause: unknown) => {
    throw new HoldpointError('configuration', `${present} cannot be read as a PostgreSQL data directory`, {
      cause,
      next: "Set database.data to the server's data directory, and run as a user who may read it.",
    });
  });
  const first = Buffer.alloc(8);
  await control.read(first, 0, 8, 0).finally(() => control.close());
  const written = process.arch === 's390x' ? first.readBigUInt64BE() : first.readBigUInt64LE();
  if (String(written) === identifier) return;
  throw new HoldpointError('configuration', `the backup is of another server than that of ${present}`, {
    details: [`system identifier of the backup: ${identifier}`, `of the data directory: ${written}`],
    next: 'Name a backup of this server, or set database.data to the server that the backup is of.',
  });
}

/** What lies outside the data directory does not move with it: both the old and the new data would use it. */
async function assertInside({ manifest }: Replacement, present: string): Promise<void> {
  const outside = manifest.tablespaces.filter(({ location }) => location.startsWith('/'));
  const wal = (await lstat(join(present, 'pg_wal'))).isSymbolicLink();
  if (outside.length === 0 && !wal) return;
  throw new HoldpointError('configuration', `not all of ${present} lies inside it`, {
    details: [
      ...outside.map(({ oid, location }) => `tablespace ${oid}: ${location}`),
      ...(wal ? ['pg_wal is a link'] : []),
    ],
    next: "Restore by hand: copy the backup's files, and each tablespace to a new place (PostgreSQL's manual, 25.3).",
  });
}

async function assertMovable(parent: string, present: string): Promise<void> {
  if (await isMountPoint(parent, present)) {
    throw new HoldpointError('configuration', `${present} is a mount point, which cannot be renamed`, {
      next: 'Move the data into a folder below the mount point, and set database.data to it.',
    });
  }
  await access(parent, constants.W_OK).catch((cause: unknown) => {
    throw new HoldpointError('configuration', `${parent} cannot be written to`, {
      cause,
      next: `Run as a user who may rename ${present}, and whose files its server may use.`,
    });
  });
}

async function isMountPoint(parent: string, path: string): Promise<boolean> {
  const [above, here] = await Promise.all([stat(parent), stat(path)]);
  if (above.dev !== here.dev) return true;
  // A bind mount may come from the same device.
  const mounts = (await readTextIfAny('/proc/self/mountinfo')) ?? '';
  return mountPoints(mounts).includes(path);
}

/** Pure: the fifth field of each line of a `mountinfo` (proc(5)), which writes blanks as octal numbers. */
export function mountPoints(mountinfo: string): readonly string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path !== '')
    .map((path) =>
      path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    );
}

async function assertRoom(parent: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(parent);
  const [free, needed] = [bavail * bsize, bytes + SPARE];
  if (free >= needed) return;
  throw new HoldpointError('configuration', `there is no room for a restored copy in ${parent}`, {
    details: [`needed: ${formatBytes(needed)}`, `free: ${formatBytes(free)}`],
    next: 'Make room on that disk: the restored copy must lie beside the data that it replaces.',
  });
}
