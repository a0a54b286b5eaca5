import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../kernel/canonical.ts';
import type { Check, Subject } from '../check.ts';
import { backup } from '../database/backup.ts';
import { look, NOW, subject, temporaryFolder } from '../subject.fixture.ts';
import { objectives } from './objectives.ts';
import { restore } from './restore.ts';
import { retention } from './retention.ts';
import { schedule } from './schedule.ts';
import { backups } from './store.fixture.ts';
import { readBackup, readStore } from './store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ask = (check: Check, folder: string, settings = {}) => look(check, subject({ folder, settings }));

describe('the store', () => {
  it('lists whole backups, newest first, and names what was cut off', async () => {
    const folder = await backups({
      old: { age: DAY },
      new: { age: HOUR },
      torn: { age: 0, torn: true },
      'x.partial': { age: 0 },
    });
    const { backups: found, unfinished } = await readStore(join(folder, 'backups'));
    expect(found.map(({ name }) => name)).toEqual(['new', 'old']);
    expect([...unfinished].sort()).toEqual(['torn', 'x.partial']);
  });
  it('believes a proof only of exactly this manifest', () => {
    const manifest = '{"createdAt":"2026-11-22T10:00:00Z"}';
    const proof = (text: string) => JSON.stringify({ manifest: sha256(text), provenAt: NOW });
    expect(readBackup('a', manifest, proof(manifest))?.proof).toEqual({ at: NOW });
    expect(readBackup('a', manifest, proof('{}'))?.proof).toBeUndefined();
    expect(readBackup('a', manifest, '{')?.proof).toBeUndefined();
  });
});

describe('database.backup', () => {
  it('passes a young backup that was read back', async () => {
    const folder = await backups({ new: { age: HOUR, provenAgo: 0 } });
    expect(await ask(backup, folder, { maxAge: '2h' })).toMatchObject({
      verdict: 'pass',
      summary: 'new, 1 h old, was read back',
    });
  });
  it('fails an old one, one that nobody read back, and none at all', async () => {
    const folder = await backups({ new: { age: HOUR }, old: { age: 3 * HOUR, provenAgo: HOUR } });
    expect((await ask(backup, folder, { maxAge: '2h' })).summary).toBe(
      'the newest verified backup old is 3 h old',
    );
    expect((await ask(backup, await backups({ new: { age: 0 } }))).summary).toBe(
      'there is no verified backup, only 1 that nobody read back',
    );
    expect((await ask(backup, await temporaryFolder())).summary).toBe('there is no verified backup');
  });
});

describe('backup.schedule', () => {
  it('passes while the last ran in time, and fails when it is late', async () => {
    const folder = await backups({ new: { age: 25 * HOUR } });
    expect((await ask(schedule, folder, { every: '1d' })).summary).toBe(
      'due every 1 d, the last ran 1 d 1 h ago',
    );
    expect((await ask(schedule, folder, { every: '12h' })).verdict).toBe('fail');
    expect((await ask(schedule, await temporaryFolder(), { every: '12h' })).verdict).toBe('fail');
    expect((await ask(schedule, folder)).verdict).toBe('inconclusive');
  });
});

describe('backup.restore', () => {
  it('passes a young restore, and fails an old one or none', async () => {
    const young = await backups({ a: { age: DAY, provenAgo: HOUR, restoredInMs: 1_800 } });
    expect(await ask(restore, young)).toMatchObject({
      verdict: 'pass',
      summary: 'a was restored 1 h ago in 1.8 s',
    });
    expect((await ask(restore, young, { 'max-age': '10min' })).verdict).toBe('fail');
    expect((await ask(restore, await backups({ a: { age: 0 } }))).summary).toBe(
      'none of 1 backups was ever restored',
    );
    expect((await ask(restore, await temporaryFolder())).verdict).toBe('inconclusive');
  });
});

describe('backup.objectives', () => {
  const declared = { rto: '10s', rpo: '2h' };
  it('holds the measured restore and the newest proven backup against them', async () => {
    const good = await backups({ newer: { age: 0 }, a: { age: HOUR, provenAgo: HOUR, restoredInMs: 1_800 } });
    expect(await ask(objectives, good, declared)).toMatchObject({
      verdict: 'pass',
      summary: 'restored in 1.8 s of 10 s, at most 1 h of 2 h lost',
    });
    const bad = await backups({ a: { age: 3 * HOUR, provenAgo: HOUR, restoredInMs: 20_000 } });
    expect((await ask(objectives, bad, declared)).details).toHaveLength(2);
  });
  it('says nothing unless both are declared and a restore was measured', async () => {
    expect((await ask(objectives, await temporaryFolder(), declared)).verdict).toBe('inconclusive');
    expect((await ask(objectives, await temporaryFolder(), { rto: '1s' })).verdict).toBe('inconclusive');
  });
});

describe('backup.retention', () => {
  const many = (count: number) =>
    backups(
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`b${index}`, { age: index * DAY }])),
    );
  it('passes what is declared, with the proven one beyond', async () => {
    expect((await ask(retention, await many(7), { keep: 7 })).summary).toBe(
      '7 backups, between 1 and 7 declared, reaching back 6 d',
    );
    expect((await ask(retention, await many(8), { keep: 7 })).verdict).toBe('pass');
  });
  it('fails more, fewer, and too short a reach', async () => {
    expect((await ask(retention, await many(9), { keep: 7 })).verdict).toBe('fail');
    expect((await ask(retention, await many(2), { keep: 7, minimum: 3 })).verdict).toBe('fail');
    expect((await ask(retention, await many(2), { min: '30d' })).summary).toBe(
      'the oldest backup reaches back 1 d of 30 d',
    );
    expect((await ask(retention, await temporaryFolder(), { keep: 7 })).verdict).toBe('fail');
    expect((await ask(retention, await many(1))).verdict).toBe('inconclusive');
  });
});

describe('backups of the vault', () => {
  const inVault = async (database: boolean, proven: boolean): Promise<Subject> => {
    const proof = { at: NOW - HOUR, restoredInMs: 4_000 };
    const kept = { name: 'nightly', createdAt: NOW - 2 * HOUR, database, ...(proven ? { proof } : {}) };
    return { ...subject({ folder: await temporaryFolder() }), vault: async () => [kept] };
  };
  const DECLARED = new Map<Check, Record<string, string>>([
    [backup, { maxAge: '3h' }],
    [schedule, { every: '1d' }],
    [objectives, { rto: '10s', rpo: '3h' }],
  ]);
  const judge = async (check: Check, of: Subject) =>
    look(check, { ...of, settings: () => DECLARED.get(check) ?? {} });

  it('count as those of releases do: for the schedule, the restore, the objectives and the database', async () => {
    const proven = await inVault(true, true);
    expect(await judge(schedule, proven)).toMatchObject({ summary: 'due every 1 d, the last ran 2 h ago' });
    expect(await judge(restore, proven)).toMatchObject({ summary: 'nightly was restored 1 h ago in 4.0 s' });
    expect(await judge(objectives, proven)).toMatchObject({
      verdict: 'pass',
      summary: 'restored in 4.0 s of 10 s, at most 2 h of 3 h lost',
    });
    expect(await judge(backup, proven)).toMatchObject({ summary: 'nightly, 2 h old, was read back' });
  });

  it('prove nothing before a copy was restored, and nothing of a database that is not in them', async () => {
    expect((await judge(restore, await inVault(true, false))).verdict).toBe('fail');
    expect((await judge(backup, await inVault(true, false))).verdict).toBe('fail');
    expect((await judge(backup, await inVault(false, true))).summary).toBe('there is no verified backup');
  });

  it('break the check where the vault cannot be asked', async () => {
    const vault = () => Promise.reject(new Error('the vault does not answer'));
    await expect(judge(schedule, { ...(await inVault(true, true)), vault })).rejects.toThrow(
      'does not answer',
    );
  });
});

describe('every check that reads the store', () => {
  it.each([
    ['database.backup', backup, {}],
    ['backup.schedule', schedule, { every: '1d' }],
    ['backup.restore', restore, {}],
    ['backup.objectives', objectives, { rto: '1s', rpo: '1s' }],
    ['backup.retention', retention, { keep: 1 }],
  ])('%s is broken by a store that cannot be listed', async (_, check, settings) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'backups'), 'a file');
    await expect(ask(check, folder, settings)).rejects.toThrow('cannot be listed');
    await mkdir(join(folder, 'other'));
    await expect(ask(check, folder, { ...settings, foldr: 'x' })).rejects.toThrow("did you mean 'folder'?");
  });
});
