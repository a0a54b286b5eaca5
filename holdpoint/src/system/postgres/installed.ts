import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Binaries, binariesBelow } from './programs.ts';

/** Folders that hold one installation a major version, on Debian, Red Hat and macOS. */
export const INSTALLATIONS: readonly { readonly folder: string; readonly name: RegExp }[] = [
  { folder: '/usr/lib/postgresql', name: /^(\d+)$/ },
  { folder: '/usr', name: /^pgsql-(\d+)$/ },
  { folder: '/opt/homebrew/opt', name: /^postgresql@(\d+)$/ },
  { folder: '/usr/local/opt', name: /^postgresql@(\d+)$/ },
];

/** Every PostgreSQL server that the system's own packages installed, newest first. */
export async function installedBinaries(): Promise<readonly Binaries[]> {
  const found = await Promise.all(
    INSTALLATIONS.map(async ({ folder, name }) => {
      const entries = await readdir(folder).catch(() => []);
      return entries.flatMap((entry) => {
        const major = name.exec(entry)?.[1];
        return major === undefined ? [] : [binariesBelow(join(folder, entry), Number(major))];
      });
    }),
  );
  const usable: Binaries[] = [];
  for (const binaries of found.flat().sort((a, b) => b.major - a.major)) {
    const all = [binaries.postgres, binaries.initdb, binaries.pgCtl];
    const runnable = await Promise.all(all.map((path) => access(path, constants.X_OK))).then(
      () => true,
      () => false,
    );
    if (runnable) usable.push(binaries);
  }
  return usable;
}
