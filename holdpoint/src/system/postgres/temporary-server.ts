import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Exec } from '../exec/command.ts';
import { placeBinaries } from './binaries.ts';
import { initCluster } from './cluster.ts';
import type { Binaries } from './programs.ts';
import { startServer, stopServer } from './server.ts';

export interface TemporaryServer {
  /** Of its superuser, into the database `postgres`. */
  readonly url: string;
  readonly data: string;
  readonly port: number;
  readonly binaries: Binaries;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

/**
 * A server in a folder of its own, for tests and tours: on a free port, not written through to the disk. The embedded
 * one, unless programs of another are given.
 */
export async function startTemporaryServer(
  exec: Exec,
  settings: Readonly<Record<string, string>> = {},
  programs?: Binaries,
): Promise<TemporaryServer> {
  const binaries = programs ?? (await placeBinaries());
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-server-'));
  const data = join(folder, 'data');
  const remove = async (): Promise<void> => {
    await stopServer(binaries, data, 10_000, exec);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    // The server may run as another user, who must get to the data.
    await chmod(folder, 0o711);
    const password = randomBytes(12).toString('hex');
    await initCluster(binaries, { data, user: 'postgres', password, durable: false, walSegment: 1 }, exec);
    const start = { data, within: 60_000, settings: { fsync: 'off', shared_buffers: '32MB', ...settings } };
    const { port } = await startServer(binaries, start, exec);
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    return { url, data, port, binaries, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
