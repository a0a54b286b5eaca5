import { expect, test } from 'vitest';
import { directoryApart, optionsWithPort, parseOptions, serviceOf } from './how-it-ran.ts';
import { againCommand } from './restart.ts';

test('how a server was started is read from its own note', () => {
  const text = '/usr/lib/postgresql/18/bin/postgres "-D" "/data" "-c" "config_file=/etc/postgresql.conf"\n';
  expect(parseOptions(text)).toEqual({
    program: '/usr/lib/postgresql/18/bin/postgres',
    options: '"-D" "/data" "-c" "config_file=/etc/postgresql.conf"',
  });
  expect(parseOptions('/opt/my pg/postgres\n')).toEqual({ program: '/opt/my pg/postgres', options: '' });
  for (const torn of ['', '\n', 'postgres']) expect(parseOptions(torn)).toBeUndefined();
});

test('it is started at the port that it had, unless its options name one', () => {
  const at = (options: string, port?: number) => optionsWithPort({ program: '/postgres', options, port });
  expect(at('"-D" "/data"', 5433)).toBe('"-D" "/data" "-p" "5433"');
  expect(at('', 5433)).toBe('"-p" "5433"');
  for (const named of ['"-p" "1"', '"-p1"', '"--port=1"', '"-c" "port=1"', '"-cport=1"']) {
    expect(at(named, 5433)).toBe(named);
  }
  expect(at('"-D" "/data"')).toBe('"-D" "/data"');
});

test('its directory is named once, however often it is started again', () => {
  expect(directoryApart('"-D" "/data" "-p" "1"')).toEqual({ folder: '/data', rest: '"-p" "1"' });
  expect(directoryApart('"-p" "1" "-D" "/data"')).toEqual({ folder: '/data', rest: '"-p" "1"' });
  expect(directoryApart('"-D" "data"')).toEqual({ folder: undefined, rest: '' });
  expect(directoryApart('"-i"')).toEqual({ folder: undefined, rest: '"-i"' });
  const binaries = {
    major: 18,
    postgres: '/b/postgres',
    initdb: '/b/initdb',
    pgCtl: '/b/pg_ctl',
    modules: [],
  };
  const how = { program: '/b/postgres', options: '"-D" "/etc/pg"', port: 5433 };
  expect(againCommand({ data: '/data', how, binaries, within: 1_500 }, '/log')).toEqual({
    program: '/b/pg_ctl',
    args: [
      'start',
      '--silent',
      '--wait',
      '--timeout=2',
      '--pgdata=/etc/pg',
      '--log=/log',
      '--options="-p" "5433"',
    ],
    cwd: '/',
  });
});

test('a server that a service of the system keeps is known by its control group', () => {
  expect(serviceOf('0::/system.slice/system-postgresql.slice/postgresql@15-main.service\n')).toBe(
    'postgresql@15-main.service',
  );
  expect(serviceOf('0::/system.slice/pgsql-18.service')).toBe('pgsql-18.service');
  for (const none of [
    '0::/\n',
    '0::/user.slice/session-3.scope\n',
    '0::/system.slice/runner.service\n',
    '',
  ]) {
    expect(serviceOf(none)).toBeUndefined();
  }
});
