import { expect, test } from 'vitest';
import { isEmptied, isLeftOut, mayVanish } from './selection.ts';

test.each([
  'postmaster.pid',
  'postmaster.opts',
  'backup_label',
  'tablespace_map',
  'global/pg_internal.init',
  'base/5/pg_internal.init.77',
  'base/pgsql_tmp',
  'base/5/t3_16404',
  'base/5/t3_16404_fsm.1',
  'global/pg_control',
])('%s is left out', (path) => {
  expect(isLeftOut(path)).toBe(true);
});

test.each(['base/5/16404', 'base/5/16404_init', 'PG_VERSION', 'pg_xact/0000', 'base/5/backup_label'])(
  '%s is taken along',
  (path) => {
    expect(isLeftOut(path)).toBe(false);
  },
);

test('folders of running state come along empty', () => {
  expect(isEmptied('pg_wal')).toBe(true);
  expect(isEmptied('pg_xact')).toBe(false);
});

test.each([
  ['base/5/16404', true],
  ['base/5/PG_VERSION', true],
  ['pg_tblspc/16400/PG_18_202506291/5/16404.1', true],
  ['pg_xact/0001', true],
  ['pg_multixact/offsets/0000', true],
  ['global/pg_filenode.map', false],
  ['postgresql.conf', false],
  ['pg_wal/000000010000000000000002', false],
])('whether %s may vanish while it is copied: %s', (path, expected) => {
  expect(mayVanish(path)).toBe(expected);
});
