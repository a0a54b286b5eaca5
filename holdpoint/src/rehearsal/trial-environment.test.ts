import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asHoldpointError } from '../kernel/errors.ts';
import { leadsTo, loginOf, mapConnections } from './trial-connection.ts';
import { trialEnvironment } from './trial-environment.ts';

const production = 'postgres://admin:c0rrect-horse@db.example.com:5432/shop';
const scratch = 'postgres://admin:deadbeef@127.0.0.1:40001/shop';
const of = (
  declared: Record<string, string>,
  over: { from?: string; overlay?: Record<string, string>; cutOff?: boolean } = {},
) =>
  trialEnvironment(
    declared,
    over.overlay ?? {},
    { production: over.from ?? production, scratch },
    over.cutOff ?? true,
  );
const one = (value: string, from = production) => of({ X: value }, { from })['X'];
const refusal = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return asHoldpointError(error);
  }
  return expect.fail('it should have been refused');
};

describe('a connection string that leads to production leads to the copy', () => {
  it.each([
    ['as it is', production, 'postgres://admin:deadbeef@127.0.0.1:40001/shop'],
    [
      'of another user and database',
      'postgresql://app:pw@db.example.com/orders',
      'postgresql://admin:deadbeef@127.0.0.1:40001/orders',
    ],
    [
      'without a database name, which is then the user',
      'postgres://app:pw@DB.example.com',
      'postgres://admin:deadbeef@127.0.0.1:40001/app',
    ],
    [
      'with TLS, which the copy does not speak',
      `${production}?sslmode=verify-full&application_name=x`,
      'postgres://admin:deadbeef@127.0.0.1:40001/shop?application_name=x',
    ],
    [
      'of a dialect',
      'postgresql+asyncpg://app:pw@db.example.com:5432/a',
      'postgresql+asyncpg://admin:deadbeef@127.0.0.1:40001/a',
    ],
    [
      'of JDBC',
      'jdbc:postgresql://db.example.com:5432/a?user=app&password=pw',
      'jdbc:postgresql://127.0.0.1:40001/a?user=admin&password=deadbeef',
    ],
    [
      'as one of several hosts',
      'postgres://app:pw@db2:5433,db.example.com:5432/a',
      'postgres://admin:deadbeef@127.0.0.1:40001/a',
    ],
    [
      'inside JSON',
      '{"a":"postgres://app:pw@db.example.com/a","b":1}',
      '{"a":"postgres://admin:deadbeef@127.0.0.1:40001/a","b":1}',
    ],
    [
      'in a list',
      `${production},redis://cache:6379,${production}`,
      `${scratch},redis://cache:6379,${scratch}`,
    ],
    [
      'in the keywords of libpq',
      "host=db.example.com port=5432 user=app password='p w' dbname=a",
      'host=127.0.0.1 port=40001 user=admin password=deadbeef dbname=a',
    ],
    [
      'in the keywords of .NET',
      'Host=db.example.com;Username=app;Password=pw;Database=a;SSL Mode=Require',
      'Host=127.0.0.1;Username=admin;Password=deadbeef;Database=a;SSL Mode=disable;port=40001',
    ],
  ])('%s', (_how, value, expected) => {
    expect(one(value)).toBe(expected);
  });

  it.each([
    ['postgres://admin:pw-of-it@localhost:5432/shop', 'postgres://app:x@127.0.0.1/a'],
    ['postgres://admin:pw-of-it@localhost:5432/shop', 'postgres://app:x@%2Fvar%2Frun%2Fpostgresql/a'],
    ['postgres://admin:pw-of-it@localhost:5432/shop', 'postgres:///a?host=/run/postgresql&user=app'],
    ['postgres:///shop?host=/var/run/postgresql&user=admin&password=pw-of-it', 'postgres://app@[::1]:5432/a'],
  ])('by any name of this machine: %s', (from, value) => {
    expect(one(value, from)).toMatch('postgres://admin:deadbeef@127.0.0.1:40001/a');
  });

  it('when it is told in variables of its own', () => {
    const declared = {
      PGHOST: 'db.example.com',
      PGUSER: 'app',
      PGPASSWORD: 'pw',
      PGDATABASE: 'a',
      PGSSLMODE: 'require',
    };
    expect(of(declared)).toEqual({
      PGHOST: '127.0.0.1',
      PGPORT: '40001',
      PGUSER: 'admin',
      PGPASSWORD: 'deadbeef',
      PGDATABASE: 'a',
      PGSSLMODE: 'disable',
    });
    expect(
      of({ SHOP_HOSTNAME: 'db.example.com', SHOP_PORT: '5432', SHOP_USERNAME: 'app', SHOP_PASS: 'pw' }),
    ).toEqual({
      SHOP_HOSTNAME: '127.0.0.1',
      SHOP_PORT: '40001',
      SHOP_USERNAME: 'admin',
      SHOP_PASS: 'deadbeef',
    });
  });

  it('and a password that stands alone becomes that of the copy', () => {
    expect(one('c0rrect-horse')).toBe('deadbeef');
  });
});

describe('what leads elsewhere', () => {
  it.each([
    'postgres://app:pw@other.example.com:5432/a',
    'postgres://app:pw@db.example.com:5433/a',
    'https://db.example.com/a',
    'localhost:5432',
    'mail from admin@db.example.com',
  ])('stays as it is where nothing can be reached: %s', (value) => {
    expect(one(value)).toBe(value);
  });

  it('is refused where it could be reached, for it may be production by another name', () => {
    const declared = { REPLICA_URL: 'postgres://app:pw@other.example.com/a' };
    expect(refusal(() => of(declared, { cutOff: false })).message).toBe(
      'the variable REPLICA_URL names another PostgreSQL server, which could be reached in a rehearsal',
    );
    expect(of({ URL: production }, { cutOff: false })).toEqual({ URL: scratch });
  });

  it('does not make a variable suspicious because an ordinary word is the password', () => {
    const from = 'postgres://postgres:postgres@db.example.com/postgres';
    const declared = { POSTGRES_DB: 'postgres', NODE_ENV: 'test', URL: from };
    expect(of(declared, { from })).toMatchObject({ POSTGRES_DB: 'postgres' });
    const weak = 'postgres://app:test@db.example.com/shop';
    expect(of({ NODE_ENV: 'test', DB_PASSWORD: 'test' }, { from: weak })).toEqual({
      NODE_ENV: 'test',
      DB_PASSWORD: 'deadbeef',
    });
  });
});

describe('the variables that differ in a rehearsal', () => {
  it('go over the declared ones', () => {
    expect(of({ A: '1', B: '2' }, { overlay: { B: '3', C: '4' } })).toEqual({ A: '1', B: '3', C: '4' });
  });

  it.each([
    ['the server', 'tcp://db.example.com:5432/'],
    ['the server, in a connection string without its port', 'postgres://x:y@db.example.com/'],
    ['the server, in keywords', 'host=db.example.com user=x'],
    ['the password', 'x=c0rrect-horse'],
    ['the password with its signs written out', 'x=c0rrect%2Dhorse'],
  ])('must not lead back to production: %s', (_what, value) => {
    const error = refusal(() => of({}, { overlay: { BACK: value } }));
    expect(error).toMatchObject({ code: 'configuration' });
    expect(error.message).toMatch(
      /^the variable BACK still (names|holds the password of) the production database/,
    );
    expect(`${error.message} ${error.next}`).not.toContain('c0rrect');
  });
});

describe('whatever is declared', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9_]{2,12}$/);
  const secret = fc.stringMatching(/^[A-Za-z0-9!$&*+=@:/?#%._~-]{6,24}$/).map((text) => `${text}7`);
  const host = fc.oneof(
    fc.stringMatching(/^[a-z][a-z0-9]{2,9}(\.[a-z]{2,8}){1,2}$/),
    fc.constantFrom('localhost', '127.0.0.1', '[::1]', '10.1.2.3'),
  );
  const port = fc.integer({ min: 1_024, max: 39_999 });
  const around = fc.constantFrom(
    ['', ''],
    ['{"url":"', '"}'],
    ['primary=', ' retries=3'],
    ['', ',redis://cache:6379'],
  );

  it('no value names production afterwards, each connection leads to the copy, and database names stay', () => {
    fc.assert(
      fc.property(
        host,
        port,
        word,
        secret,
        word,
        secret,
        word,
        around,
        (at, number, admin, key, app, other, database, [before = '', after = '']) => {
          const from = `postgres://${admin}:${encodeURIComponent(key)}@${at}:${number}/main`;
          const url = `postgres://${app}:${encodeURIComponent(other)}@${at}:${number}/${database}?sslmode=require`;
          const declared = { URL: `${before}${url}${after}`, ADMIN_URL: from, KEPT: 'as it is' };
          const result = of(declared, { from });
          expect(result['KEPT']).toBe('as it is');
          const found: string[] = [];
          for (const value of Object.values(result)) {
            expect(value).not.toContain(`${at}:${number}`);
            expect(value).not.toContain(encodeURIComponent(key));
            mapConnections(value, (connection) => {
              found.push(loginOf(connection).database);
              expect(leadsTo(connection, loginOf(scratch))).toBe(true);
              expect(loginOf(connection)).toMatchObject({ user: 'admin', password: 'deadbeef' });
              return connection;
            });
          }
          expect(found).toEqual([database, 'main']);
          expect(result['URL']?.startsWith(before)).toBe(true);
          expect(result['URL']?.endsWith(after)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
