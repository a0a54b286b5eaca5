import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from '../../system/postgres/programs.ts';
import type { Manifest } from './manifest.ts';

/** Libraries that act by themselves: a copy of production must not run its jobs or call out a second time. */
const ACTING: ReadonlySet<string> = new Set(['pg_cron', 'pg_net', 'pg_partman_bgw', 'pg_squeeze', 'pgagent']);

/** Settings of a restored copy: those of the original that recovery needs, and nothing that reaches outside. */
export async function scratchSettings(
  manifest: Manifest,
  binaries: Binaries,
): Promise<Readonly<Record<string, string>>> {
  const { shared_preload_libraries: libraries = '', ...carried } = manifest.server.settings;
  const wanted = libraries.split(',').map((name) => name.trim().replaceAll('"', ''));
  const present: string[] = [];
  for (const name of wanted) {
    if (name !== '' && !ACTING.has(name) && (await isInstalled(name, binaries))) present.push(name);
  }
  return {
    ...carried,
    shared_preload_libraries: present.join(', '),
    archive_mode: 'off',
    max_logical_replication_workers: '0',
    max_wal_senders: '0',
    ssl: 'off',
    autovacuum: 'off',
    fsync: 'off',
    full_page_writes: 'off',
    shared_buffers: '64MB',
    huge_pages: 'off',
    allow_in_place_tablespaces: 'on',
    cluster_name: 'holdpoint scratch',
  };
}

async function isInstalled(library: string, binaries: Binaries): Promise<boolean> {
  for (const folder of binaries.modules) {
    for (const suffix of ['so', 'dylib']) {
      const found = await access(join(folder, `${library}.${suffix}`)).then(
        () => true,
        () => false,
      );
      if (found) return true;
    }
  }
  return false;
}
