import { run } from '../../system/exec/run.ts';
import { startTemporaryServer } from '../../system/postgres/temporary-server.ts';
import { describeCopy } from './copy.contract.ts';

describeCopy('the embedded server', 'pg_backup_start', () =>
  startTemporaryServer(run, { max_connections: '40' }),
);
