import { expect, test } from 'vitest';
import { databaseSettings } from './settings.ts';

const least = { kind: 'postgres', url: 'postgres://app@127.0.0.1/app', data: '/var/lib/postgresql/18/main' };

test('what is left out has its default, in milliseconds and copies', () => {
  expect(databaseSettings.parse(least)).toEqual({
    ...least,
    backup: { folder: 'backups', maxAge: 86_400_000, keep: 7 },
    rehearsal: {
      enabled: true,
      isolation: 'required',
      environment: {},
      limits: { duration: 600_000, lock: 5_000 },
    },
    restore: {},
  });
  expect(databaseSettings.parse({ ...least, backup: { maxAge: '1h' } }).backup.maxAge).toBe(3_600_000);
});

test.each([
  [{ ...least, backup: { keep: 0 } }, ['backup', 'keep']],
  [{ ...least, backup: { maxAge: 'an hour' } }, ['backup', 'maxAge']],
  [{ ...least, backups: {} }, []],
  [{ ...least, migrate: { up: [], down: ['down'], status: ['status'] } }, ['migrate', 'up']],
])('a wrong setting is refused where it stands', (settings, path) => {
  expect(databaseSettings.safeParse(settings).error?.issues[0]?.path).toEqual(path);
});
