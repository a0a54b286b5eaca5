import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HoldpointError } from '../kernel/errors.ts';
import { digest } from '../kernel/ids.ts';
import { systemClock } from '../system/clock.ts';
import { run } from '../system/exec/run.ts';
import type { Revision } from '../targets/target.ts';
import { type Lender, startLender } from './copies.fixture.ts';
import { FIRST, migrating } from './migration.fixture.ts';
import { journeyOf, launchOf, plainTrial } from './plain-trial.fixture.ts';
import type { Rehearsal } from './rehearsal.ts';
import { createRehearser, type RehearserOptions } from './rehearse.ts';
import { rehearsalSettings } from './settings.ts';

let lender: Lender;
beforeAll(async () => {
  lender = await startLender(FIRST);
});
afterAll(() => lender?.remove());

const revision = (version: string): Revision => ({ version, digest: digest('0'.repeat(64)) });
const OLD = {
  // Breaks on a name that is null.
  READ: 'select name, note, (select min(1 / (name is not null)::int) from users) from users limit 1',
  WRITE: `insert into users (id, name) select max(id) + 1, 'old' from users returning id`,
};
const NOTES = journeyOf('smoke.notes', 'POST /notes', 'GET /notes');

interface Scene {
  readonly up: string;
  readonly down?: string;
  /** What the new version does differently. */
  readonly next?: Readonly<Record<string, string>>;
  readonly old?: Readonly<Record<string, string>>;
  readonly backup?: string;
  readonly from?: string | undefined;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly options?: Partial<RehearserOptions>;
}

async function rehearse(scene: Scene): Promise<Rehearsal & { readonly copies: number }> {
  const { up, down = '', next = {}, old = OLD, backup = 'shop', settings = {}, options = {} } = scene;
  const from = 'from' in scene ? scene.from : '1.0.0';
  const commandsAt = await migrating(up, down);
  const before = lender.lent();
  const rehearser = createRehearser({
    withRestored: lender.withRestored,
    commandsAt,
    tryVersion: plainTrial,
    launchesOf: ({ version }) => [launchOf(version === '1.0.0' ? old : { ...OLD, ...next })],
    journeys: [NOTES],
    settings: rehearsalSettings.parse(settings),
    exec: run,
    clock: systemClock,
    ...options,
  });
  const rehearsal = await rehearser.rehearse({
    backup,
    from: from === undefined ? undefined : revision(from),
    to: revision('2.0.0'),
    signal: new AbortController().signal,
  });
  return { ...rehearsal, copies: lender.lent() - before };
}

describe('the way back', () => {
  test('is the code alone where the old version works on the migrated copy', async () => {
    const { evidence, wayBack, copies } = await rehearse({
      up: 'alter table users add email text',
      down: 'alter table users drop email',
      next: { READ: 'select email from users limit 1' },
    });
    expect(evidence).toMatchObject({
      verdict: 'pass',
      summary: expect.stringMatching(/^the migration ran on the restored copy in \d/),
    });
    expect(evidence.details).toEqual([
      expect.stringMatching(/^duration: \d.* for 2$/),
      expect.stringMatching(/^locks: .*; looked at \d+ times, at most .* apart$/),
      'rewrites: none',
      'lost: nothing',
      'rows written by the migration itself: public.schema_migrations 1 inserted',
      'new version: 2.0.0 passed 1 journey (not cut off from the network)',
      'old version: 1.0.0 passed 1 journey on the migrated copy (not cut off from the network)',
      expect.stringMatching(/^down: the down migration brings back schema and rows in \d.*, and up again$/),
    ]);
    expect(wayBack).toEqual({
      kind: 'code-only',
      reasons: ['1.0.0 passed 1 journey on the migrated copy'],
    });
    expect(copies).toBe(1);
  });

  test('needs the backup where a column is dropped that the old version reads', async () => {
    const { evidence, wayBack, copies } = await rehearse({
      up: 'alter table users drop note',
      down: 'alter table users add note text',
      next: { READ: 'select name from users limit 1' },
    });
    expect(evidence.verdict).toBe('pass');
    expect(wayBack).toMatchObject({ kind: 'database', by: 'restore' });
    expect(wayBack.reasons).toEqual([
      'the column public.users.note is gone',
      expect.stringMatching(/^1\.0\.0 fails on the migrated copy: smoke\.notes: /),
      'the down migration does not bring back what was there: rows of public.users were changed in note',
    ]);
    // One was spoiled by the way down, one for the versions, one that was never migrated.
    expect(copies).toBe(3);
  });

  test('is the down migration where it brings everything back, the new rows included', async () => {
    const { wayBack, copies } = await rehearse({
      up: 'alter table users rename name to title',
      down: 'alter table users rename title to name',
      next: {
        READ: 'select title from users limit 1',
        WRITE: `insert into users (id, title) select max(id) + 1, 'new' from users`,
      },
    });
    expect(wayBack).toMatchObject({ kind: 'database', by: 'down' });
    expect(wayBack.reasons).toEqual([
      expect.stringMatching(/^1\.0\.0 fails on the migrated copy: /),
      'the down migration brings back schema and rows, and 1.0.0 works again with what the new version wrote',
    ]);
    expect(copies).toBe(1);
  });

  test('needs the backup where the down migration cannot live with what the new version writes', async () => {
    const { wayBack } = await rehearse({
      up: 'alter table users alter name drop not null',
      down: 'alter table users alter name set not null',
      next: { READ: 'select 1', WRITE: 'insert into users (id) select max(id) + 1 from users' },
    });
    expect(wayBack).toMatchObject({ kind: 'database', by: 'restore' });
    expect(wayBack.reasons.at(-1)).toMatch(
      /^the down migration fails with rows that the new version wrote: column "name" .* contains null values$/,
    );
  });

  test('needs the backup where rows are changed that the old version still reads without complaint', async () => {
    const { wayBack } = await rehearse({ up: 'update users set name = upper(name)' });
    expect(wayBack).toMatchObject({
      kind: 'database',
      by: 'restore',
      reasons: ['rows of public.users were changed in name', expect.any(String)],
    });
  });

  test('does not hang on a journey that the old version never passed', async () => {
    const { evidence, wayBack, copies } = await rehearse({
      up: 'alter table users add email text',
      down: 'alter table users drop email',
      old: { ...OLD, OTHER: 'select missing' },
      next: { OTHER: 'select 1' },
      options: { journeys: [NOTES, journeyOf('smoke.feature', 'GET /other')] },
    });
    expect(wayBack).toEqual({
      kind: 'code-only',
      reasons: [
        '1.0.0 passed 1 journey on the migrated copy; not counted, since they fail without the migration too: smoke.feature',
      ],
    });
    expect(evidence.details?.join('\n')).toContain('inconclusive, since they fail without the migration too');
    // After the way down it fails as well, which the rows of the new version might explain: a fresh copy tells.
    expect(copies).toBe(2);
  });

  test('is not proven by code where versions cannot be tried, and the reasons say so', async () => {
    const scene = { up: 'alter table users add email text', down: 'alter table users drop email' };
    const none = await rehearse({ ...scene, options: { launchesOf: undefined } });
    expect(none.evidence.verdict).toBe('pass');
    expect(none.wayBack).toMatchObject({
      kind: 'database',
      by: 'restore',
      reasons: [
        '1.0.0 was not tried on the migrated copy: this target cannot start a version elsewhere',
        expect.stringContaining('not tried with rows'),
      ],
    });
    const refused = await rehearse({
      ...scene,
      options: {
        tryVersion: () =>
          Promise.reject(new HoldpointError('configuration', 'there is no bwrap', { next: 'Install it.' })),
      },
    });
    expect(refused.wayBack.reasons[0]).toBe(
      '1.0.0 was not tried on the migrated copy: there is no bwrap. Install it.',
    );
    const broken = rehearse({
      ...scene,
      options: { tryVersion: () => Promise.reject(new HoldpointError('unreachable', 'the cell died')) },
    });
    await expect(broken).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('of a first deployment is the code where the database is empty, and none where it holds rows', async () => {
    const filled = await rehearse({ up: 'alter table users add email text', from: undefined });
    expect(filled.wayBack).toEqual({
      kind: 'none',
      reasons: [
        'no version is known that served before, yet the database holds rows in public.orders, public.users: whatever uses them cannot be tried',
      ],
    });
    expect(filled.evidence.details).toContain('old version: none served before');
    await lender.make('empty', 'create table users (id int primary key, name text, note text)');
    const empty = await rehearse({
      up: 'alter table users add email text',
      from: undefined,
      backup: 'empty',
    });
    expect(empty.wayBack).toEqual({ kind: 'code-only', reasons: ['nothing served before'] });
  });

  test('is the code where nothing is pending', async () => {
    await lender.make('migrated', `${FIRST}; insert into schema_migrations values (2)`);
    const { evidence, wayBack } = await rehearse({ up: '', backup: 'migrated' });
    expect(evidence).toMatchObject({ verdict: 'pass', summary: 'nothing is pending' });
    expect(wayBack.kind).toBe('code-only');
  });
});

describe('the evidence is a fail', () => {
  test('when the migration fails, and no version is tried', async () => {
    const { evidence, wayBack, copies } = await rehearse({ up: 'alter table users add name text' });
    expect(evidence).toMatchObject({
      verdict: 'fail',
      summary: 'the migration fails with exit status 1: column "name" of relation "users" already exists',
    });
    expect(evidence.details).toContain('left behind: the schema is as before');
    expect(wayBack.kind).toBe('database');
    expect(copies).toBe(1);
  });

  test('when it keeps others from writing for too long', async () => {
    const { evidence } = await rehearse({
      up: 'lock table users in share mode; select pg_sleep(0.4)',
      settings: { limits: { lock: '200ms' } },
    });
    expect(evidence).toMatchObject({
      verdict: 'fail',
      summary: expect.stringMatching(
        /^public\.users: nobody could write for \d+ ms \(ShareLock\), allowed are 200 ms$/,
      ),
    });
  });

  test('when the new version fails on the migrated copy', async () => {
    const { evidence } = await rehearse({
      up: 'alter table users add email text',
      next: { READ: 'select e_mail from users' },
    });
    expect(evidence).toMatchObject({
      verdict: 'fail',
      summary: expect.stringMatching(/^2\.0\.0 fails on the migrated copy: smoke\.notes: /),
    });
  });
});

describe('nothing is begun', () => {
  test.each([
    [{ journeys: ['smoke.nots'] }, 'database.rehearsal.journeys names smoke.nots, which there is not'],
    [{ services: ['note'] }, 'database.rehearsal.services names note, which there is not'],
    [{ entry: 'edge' }, 'database.rehearsal.entry names edge, which there is not'],
  ])('with a name that nobody knows: %j', async (settings, message) => {
    const before = lender.lent();
    await expect(rehearse({ up: '', settings })).rejects.toMatchObject({ code: 'configuration', message });
    expect(lender.lent()).toBe(before);
  });

  test('where the database itself can call out, unless isolation is only preferred', async () => {
    await lender.make('calling', FIRST, 'create language elsewhere handler plpgsql_call_handler');
    const scene = { up: 'alter table users add email text', backup: 'calling' };
    await expect(rehearse(scene)).rejects.toMatchObject({
      code: 'configuration',
      message: 'the database can call out by itself through elsewhere',
    });
    const { wayBack } = await rehearse({ ...scene, settings: { isolation: 'preferred' } });
    expect(wayBack.kind).toBe('code-only');
  });
});
