import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Exec } from '../exec/command.ts';
import { INSTALLATIONS } from './installed.ts';

/** A client program and the major version of PostgreSQL that it came with. */
export interface ClientProgram {
  readonly path: string;
  readonly major: number;
}

/**
 * The client `name` that is as new as a server of this major version, or newer: an older one refuses a newer server.
 * Looked for beside `server` (the server's own program), where packages install, and on the PATH. Undefined without one.
 */
export async function clientFor(
  name: string,
  major: number,
  exec: Exec,
  server?: string,
): Promise<ClientProgram | undefined> {
  const found: ClientProgram[] = [];
  for (const path of await candidates(name, server)) {
    const said = await exec({ program: path, args: ['--version'] }, { timeout: 10_000 }).catch(
      () => undefined,
    );
    const own = said?.exitCode === 0 ? parseClientVersion(said.stdout) : undefined;
    if (own !== undefined) found.push({ path, major: own });
  }
  return fittingClient(found, major);
}

/** Pure: the one nearest to the server's version, and never an older one; the first of equals. */
export function fittingClient(found: readonly ClientProgram[], major: number): ClientProgram | undefined {
  return found.filter((client) => client.major >= major).sort((a, b) => a.major - b.major)[0];
}

/** The major version in what a client answers to `--version`: `pg_basebackup (PostgreSQL) 18.1 (Debian 18.1-1)`. */
export function parseClientVersion(said: string): number | undefined {
  const major = /\(PostgreSQL\) (\d+)/.exec(said)?.[1];
  return major === undefined ? undefined : Number(major);
}

async function candidates(name: string, server: string | undefined): Promise<readonly string[]> {
  const folders = server === undefined ? [] : [dirname(server)];
  for (const { folder, name: home } of INSTALLATIONS) {
    const entries = await readdir(folder).catch(() => []);
    folders.push(...entries.filter((entry) => home.test(entry)).map((entry) => join(folder, entry, 'bin')));
  }
  // Last, since Debian's program there is a script that chooses a version by itself.
  folders.push(...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/')));
  const paths: string[] = [];
  for (const folder of new Set(folders)) {
    const path = join(folder, name);
    const runnable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runnable) paths.push(path);
  }
  return paths;
}
