import { describe } from 'vitest';
import { run } from '../../system/exec/run.ts';
import { startTemporaryServer } from '../../system/postgres/temporary-server.ts';
import { describeCopy } from './copy.contract.ts';
import { installedServer } from './installed-server.fixture.ts';

const binaries = await installedServer();

describe.runIf(binaries !== undefined)('an installed server with its clients', () => {
  for (const way of ['pg_basebackup', 'pg_backup_start'] as const) {
    describeCopy('an installed server', way, () =>
      startTemporaryServer(run, { max_connections: '40' }, binaries),
    );
  }
});
