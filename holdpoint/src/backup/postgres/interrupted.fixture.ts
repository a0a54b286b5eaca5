import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { postgresBackup } from './engine.ts';
import { slowClient } from './slow-client.fixture.ts';

/** Dies like a machine without power: in the middle of a backup, or while it holds a restored copy. */
const [where, url = '', data = '', folder = '', scratch = '', id = '', way] = process.argv.slice(2);
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('still alive');
};
let asked = 0;
/** Asked for the third time once the files are copied, before the server is told that the backup is over. */
const now = (): number => {
  asked += 1;
  return asked === 3 ? die() : systemClock.now();
};
const clock = where === 'backup' ? { ...systemClock, now } : systemClock;
const exec = where === 'pg_basebackup' ? slowClient(die) : run;
const only = way === 'pg_backup_start' ? ({ way } as const) : {};
const backups = postgresBackup({ url, data, folder, scratch, clock, exec, ...only });
if (where === 'restored') await backups.withRestored(id, async () => die());
else await backups.create(runId('killed'));
