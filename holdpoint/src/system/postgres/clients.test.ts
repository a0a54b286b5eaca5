import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../exec/run.ts';
import { clientAddress } from './client-address.ts';
import { clientFor, fittingClient, parseClientVersion } from './clients.ts';

test('a client is as new as the server or newer, and the nearest of those', () => {
  const found = [18, 15, 17, 17].map((major, at) => ({ path: `/${at}`, major }));
  expect(fittingClient(found, 16)).toEqual({ path: '/2', major: 17 });
  expect(fittingClient(found, 15)?.path).toBe('/1');
  expect(fittingClient(found, 19)).toBeUndefined();
});

test('a version is read as the client says it, and anything else is none', () => {
  expect(parseClientVersion('pg_basebackup (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n')).toBe(15);
  expect(parseClientVersion('pg_basebackup (PostgreSQL) 19devel\n')).toBe(19);
  expect(parseClientVersion('no such program 15')).toBeUndefined();
});

test('a client beside the server itself is found wherever that is installed, and a broken one is passed over', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-clients-'));
  try {
    const path = join(folder, 'pg_tool');
    await writeFile(path, '#!/bin/sh\necho "pg_tool (PostgreSQL) 42.1"\n');
    await chmod(path, 0o755);
    expect(await clientFor('pg_tool', 42, run, join(folder, 'postgres'))).toEqual({ path, major: 42 });
    expect(await clientFor('pg_tool', 43, run, join(folder, 'postgres'))).toBeUndefined();
    await writeFile(path, '#!/bin/sh\nexit 1\n');
    expect(await clientFor('pg_tool', 42, run, join(folder, 'postgres'))).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an address goes onto the command line without its password', () => {
  expect(clientAddress('postgres://a%40b:p%20w@db.internal:5433/app?sslmode=verify-full')).toEqual({
    args: ['--host=db.internal', '--port=5433', '--username=a@b'],
    environment: { PGPASSWORD: 'p w', PGSSLMODE: 'verify-full' },
  });
  expect(clientAddress('postgres://[::1]/app?sslmode=no-verify')).toEqual({
    args: ['--host=::1'],
    environment: { PGSSLMODE: 'require' },
  });
  expect(clientAddress('postgres:///app?host=%2Fvar%2Frun%2Fpostgresql').args).toEqual([
    '--host=/var/run/postgresql',
  ]);
});
