import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { look, subject, temporaryFolder } from '../subject.fixture.ts';
import { judgeVolumes, volumes } from './volumes.ts';

describe('infrastructure.volumes', () => {
  it('passes folders that are there with room, and fails those that are not', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'backups'));
    await writeFile(join(folder, 'state'), 'a file');
    const judge = (settings: Record<string, unknown>) => look(volumes, subject({ folder, settings }));
    expect((await judge({ folders: ['backups'], free: '1B' })).verdict).toBe('pass');
    expect((await judge({ folders: ['backups'], free: '900TB' })).verdict).toBe('fail');
    expect((await judge({ folders: ['state', 'gone', 'state/below'] })).details).toEqual([
      'there is no folder state',
      'there is no folder gone',
      'there is no folder state/below',
    ]);
    expect((await judge({ folders: [] })).verdict).toBe('inconclusive');
    await expect(judge({ free: 'much' })).rejects.toThrow("'much' is not a size");
  });
  it('fails a folder that cannot be written', () => {
    const one = { folder: 'backups', free: 5e9, writable: false };
    expect(judgeVolumes(1e9, [one]).summary).toBe('backups cannot be written');
  });
});
