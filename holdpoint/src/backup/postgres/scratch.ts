import { randomBytes } from 'node:crypto';
import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import { abandoned, makeClaimed } from '../../system/claims.ts';
import type { Exec } from '../../system/exec/command.ts';
import { type Account, serverAccount } from '../../system/postgres/account.ts';
import { binariesFor } from '../../system/postgres/binaries.ts';
import { includeOwnSettings } from '../../system/postgres/cluster.ts';
import { withDatabase, withSession } from '../../system/postgres/connection.ts';
import type { Binaries } from '../../system/postgres/programs.ts';
import { startServer, stopServer } from '../../system/postgres/server.ts';
import { makeSocketFolder } from '../../system/socket-folder.ts';
import type { Restored } from '../backup.ts';
import { copyWithDigest, inParallel } from './copying.ts';
import type { CopiedFile } from './data-copy.ts';
import { FILES, type Manifest } from './manifest.ts';
import { withLastWords } from './scratch-log.ts';
import { scratchSettings } from './scratch-settings.ts';
import { differenceOf, differences, ifPresent, incomplete, unlisted } from './verify.ts';

const PREFIX = 'holdpoint-scratch-';
const START_WITHIN = 600_000;
const STOP_WITHIN = 10_000;

export interface Scratch {
  /** Folder with room for the copy, which others may enter when we are root. */
  readonly parent: string;
  /** Whose user and database the copy's address names. */
  readonly url: string;
  readonly exec: Exec;
  readonly signal?: AbortSignal | undefined;
  /** Uses the backup's files up instead of copying them; they lie in the file system of `parent`. */
  readonly usingUp?: boolean;
  /** Files of the backup's folder that were just read. */
  readonly known?: readonly CopiedFile[] | undefined;
  /** Told of each phase once it is over, in milliseconds. */
  readonly took?: ((phase: 'start' | 'ready' | 'verify', milliseconds: number) => void) | undefined;
}

/**
 * Restores a backup into a server of its own, lends it, and removes it. It listens on the loopback address with
 * passwords made for it, sends nothing anywhere, and is not written through to the disk.
 * Throws `tampered` for files that are not the manifest's, `command-failed` when it does not come up.
 */
export async function withScratch<Result>(
  folder: string,
  manifest: Manifest,
  scratch: Scratch,
  use: (restored: Restored) => Promise<Result>,
): Promise<Result> {
  const binaries = await binariesFor(
    Math.floor(manifest.server.versionNumber / 10_000),
    manifest.server.program,
  );
  await removeAbandoned(binaries, scratch);
  await mkdir(scratch.parent, { recursive: true });
  const room = await makeClaimed(scratch.parent, PREFIX);
  const data = join(room, 'data');
  let sockets: Awaited<ReturnType<typeof makeSocketFolder>> | undefined;
  try {
    const account = await serverAccount(room);
    const started = performance.now();
    if (scratch.usingUp === true) await moveIn(folder, manifest, data, account, scratch);
    else await copyBack(folder, manifest, data, account, scratch.signal);
    const laid = performance.now();
    sockets = await makeSocketFolder(room, '.s.PGSQL.65535');
    const socketFolder = sockets.folder;
    await prepare(room, data, socketFolder, account);
    const server = await startServer(
      binaries,
      { data, socketFolder, within: START_WITHIN, settings: await scratchSettings(manifest, binaries) },
      abortable(scratch),
    );
    const begun = performance.now();
    scratch.took?.('start', begun - laid);
    const addresses = await setPasswords(manifest.server.superuser, scratch, socketFolder, server.port);
    scratch.took?.('ready', performance.now() - begun);
    return await use({ ...addresses, restoredInMs: performance.now() - started });
  } catch (error) {
    scratch.signal?.throwIfAborted();
    throw await withLastWords(error, data);
  } finally {
    await remove(room, binaries, scratch);
    await sockets?.remove();
  }
}

/** What a killed process left: first its server, then its folder. */
async function removeAbandoned(binaries: Binaries, scratch: Scratch): Promise<void> {
  for (const room of await abandoned(scratch.parent, (name) => name.startsWith(PREFIX))) {
    await remove(room, binaries, scratch);
  }
}

async function remove(room: string, binaries: Binaries, scratch: Scratch): Promise<void> {
  await stopServer(binaries, join(room, 'data'), STOP_WITHIN, scratch.exec);
  await rm(room, { recursive: true, force: true });
}

function abortable(scratch: Scratch): Exec {
  const { signal } = scratch;
  return (command, options) =>
    scratch.exec(command, { ...options, ...(signal === undefined ? {} : { signal }) });
}

async function copyBack(
  folder: string,
  manifest: Manifest,
  data: string,
  account: Account | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wrong = [...incomplete(manifest), ...(await unlisted(folder, manifest))];
  for (const path of ['', ...manifest.folders]) {
    await mkdir(join(data, path), { mode: 0o700 });
    if (account !== undefined) await chown(join(data, path), account.uid, account.gid);
  }
  await inParallel(manifest.files, 4, async (entry) => {
    const copying = copyWithDigest(join(folder, FILES, entry.path), join(data, entry.path), {
      signal,
      account,
      durable: false,
    });
    const difference = differenceOf(entry, await ifPresent(copying));
    if (difference !== undefined) wrong.push(difference);
  });
  if (wrong.length > 0) throw notAsWritten(wrong);
}

async function moveIn(
  folder: string,
  manifest: Manifest,
  data: string,
  account: Account | undefined,
  { signal, took, known }: Scratch,
): Promise<void> {
  const began = performance.now();
  const wrong = await differences(folder, manifest, signal, known);
  took?.('verify', performance.now() - began);
  if (wrong.length > 0) throw notAsWritten(wrong);
  await rename(join(folder, FILES), data);
  const paths = ['', ...manifest.folders, ...manifest.files.map(({ path }) => path)];
  for (const path of account === undefined ? [] : paths) {
    await chown(join(data, path), account?.uid ?? 0, account?.gid ?? 0);
  }
}

function notAsWritten(wrong: readonly string[]): HoldpointError {
  return new HoldpointError('tampered', `${wrong.length} files of the backup are not what was written`, {
    details: wrong.slice(0, 20),
    next: 'Take a new backup, and look after the disk that holds this one.',
  });
}

/** Replaces every setting that came along: the copy must not archive, replicate or listen as the original does. */
async function prepare(
  room: string,
  data: string,
  socketFolder: string,
  account: Account | undefined,
): Promise<void> {
  // The tablespaces came as plain folders; their map would lead the copy into the original's files.
  await rm(join(data, 'tablespace_map'), { force: true });
  for (const name of [
    'standby.signal',
    'recovery.signal',
    'postgresql.auto.conf',
    'pg_ident.conf',
    'holdpoint.conf',
  ]) {
    await rm(join(data, name), { force: true });
  }
  await includeOwnSettings(data, account);
  const files = {
    'pg_hba.conf': 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
    'pg_ident.conf': '',
  };
  for (const [name, text] of Object.entries(files)) {
    await rm(join(data, name), { force: true });
    await writeFile(join(data, name), text, { mode: 0o600 });
    if (account !== undefined) await chown(join(data, name), account.uid, account.gid);
  }
  // Whoever may enter the socket's folder is let in without a password, so nobody else may.
  for (const path of account === undefined ? [] : [socketFolder, room]) {
    await chown(path, account?.uid ?? 0, account?.gid ?? 0);
  }
}

async function setPasswords(
  superuser: string,
  scratch: Scratch,
  socketFolder: string,
  port: number,
): Promise<{ readonly url: string; readonly superuserUrl: string }> {
  const password = randomBytes(24).toString('hex');
  const address = (user: string): string => {
    const url = new URL(scratch.url);
    url.search = '';
    url.username = encodeURIComponent(user);
    url.password = password;
    url.host = `127.0.0.1:${port}`;
    return url.href;
  };
  const own = decodeURIComponent(new URL(scratch.url).username) || superuser;
  const socket = { host: socketFolder, port, user: superuser, database: 'template1' };
  await withSession(socket, { statementTimeout: 60_000 }, async (session) => {
    for (const user of new Set([superuser, own])) {
      const [made] = await session.query<{ statement: string }>(
        `select format('alter role %I password %L valid until ''infinity''', $1::text, $2::text) as statement`,
        [user, password],
      );
      await session.query(made?.statement ?? '');
    }
  });
  return { url: address(own), superuserUrl: withDatabase(address(superuser), 'postgres') };
}
