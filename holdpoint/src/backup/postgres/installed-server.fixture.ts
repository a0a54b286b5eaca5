import { run } from '../../system/exec/run.ts';
import { clientFor } from '../../system/postgres/clients.ts';
import { installedBinaries } from '../../system/postgres/installed.ts';
import type { Binaries } from '../../system/postgres/programs.ts';

/**
 * An installed server with a client that fits it. Without one a suite skips and says so, or fails where
 * HOLDPOINT_REQUIRE (a comma list) names `postgresql`.
 */
export async function installedServer(): Promise<Binaries | undefined> {
  for (const binaries of await installedBinaries()) {
    if (binaries.major < 15) continue;
    const client = await clientFor('pg_basebackup', binaries.major, run, binaries.postgres);
    if (client !== undefined) return binaries;
  }
  const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('postgresql');
  if (required) throw new Error('HOLDPOINT_REQUIRE names postgresql, but no server from 15 on is installed');
  console.log('skipped: no PostgreSQL server from 15 on is installed with its client programs');
  return undefined;
}
