/** Folders that a restored server fills again by itself; they are kept, empty. As pg_basebackup does, and the log. */
const EMPTIED: ReadonlySet<string> = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'log',
]);

const LEFT_OUT: ReadonlySet<string> = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'postgresql.auto.conf.tmp',
  'current_logfiles',
  'current_logfiles.tmp',
  'backup_label',
  'backup_label.old',
  'tablespace_map',
  'tablespace_map.old',
  'backup_manifest',
]);

const TEMPORARY = /^(pgsql_tmp.*|pg_internal\.init.*|t\d+_\d+(_(fsm|vm|init))?(\.\d+)?)$/;

/** Copied last and by its own way: it is written while the server runs. */
export const CONTROL_FILE = 'global/pg_control';

/** Whether the contents of this folder of the data directory stay out of a backup. */
export function isEmptied(folder: string): boolean {
  return EMPTIED.has(folder);
}

/** Whether a file or folder stays out of a backup; `path` is relative to the data directory, with slashes. */
export function isLeftOut(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return LEFT_OUT.has(path) || path === CONTROL_FILE || TEMPORARY.test(name);
}

const RELATION = /^(base|global|pg_tblspc)(\/.*)?$/;
const TRANSACTIONS = /^(pg_xact|pg_multixact|pg_commit_ts|pg_twophase|pg_logical)\//;

/**
 * Whether a file may vanish while it is being copied: what was dropped or cut off after the backup's start is dropped
 * again by the write-ahead log. Anything else that goes missing is damage.
 */
export function mayVanish(path: string): boolean {
  if (/\.conf$|PG_VERSION$|filenode\.map$/.test(path)) return path.startsWith('base/');
  return RELATION.test(path) || TRANSACTIONS.test(path);
}
