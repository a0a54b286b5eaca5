import { expect, test } from 'vitest';
import { baseBackupCommand } from './client-command.ts';

test('pg_basebackup is asked for a plain copy with its log, and gets the password by its environment only', () => {
  const command = baseBackupCommand({
    program: '/usr/lib/postgresql/15/bin/pg_basebackup',
    url: 'postgres://app:s%3Dcret@127.0.0.1:5433/shop',
    target: '/backups/b1.partial/files',
    label: 'holdpoint b1',
    tablespaces: [
      { oid: '16400', location: '/mnt/fast=disk' },
      { oid: '16401', location: 'pg_tblspc/16401' },
    ],
  });
  expect(command).toEqual({
    program: '/usr/lib/postgresql/15/bin/pg_basebackup',
    args: [
      '--host=127.0.0.1',
      '--port=5433',
      '--username=app',
      '--pgdata=/backups/b1.partial/files',
      '--format=plain',
      '--wal-method=stream',
      '--checkpoint=fast',
      '--manifest-checksums=SHA256',
      '--label=holdpoint b1',
      '--no-password',
      '--tablespace-mapping=/mnt/fast\\=disk=/backups/b1.partial/files.tablespaces/16400',
    ],
    cwd: '/',
    environment: { PGPASSWORD: 's=cret', PGAPPNAME: 'holdpoint backup', LC_ALL: 'C' },
  });
});
