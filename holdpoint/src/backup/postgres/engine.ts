import { tmpdir } from 'node:os';
import type { DatabaseBackup } from '../backup.ts';
import { prune } from '../retention.ts';
import { createBackup, type Source } from './create.ts';
import { lossSince } from './loss-since.ts';
import { proveBackup } from './prove.ts';
import type { RestoreCommands } from './replacement.ts';
import { restoringSteps } from './restoring.ts';
import { type Scratch, withScratch } from './scratch.ts';
import { keepProof, listBackups, loadBackup, removeBackup, removeTorn } from './store.ts';
import { differences, verification } from './verify.ts';

/** All paths absolute. */
export interface PostgresBackupOptions extends Source {
  /** Where restored copies run; the system's temporary folder when left out. */
  readonly scratch?: string | undefined;
  /** How a restore in place stops and starts the server; pg_ctl when left out. */
  readonly restore?: RestoreCommands | undefined;
}

/** Physical backups of a PostgreSQL server on this machine, kept in a folder, one folder each. */
export function postgresBackup(options: PostgresBackupOptions): DatabaseBackup {
  const { folder, clock } = options;
  const scratch = (signal?: AbortSignal): Scratch => ({
    parent: options.scratch ?? tmpdir(),
    url: options.url,
    exec: options.exec,
    signal,
  });
  return {
    async create(run, signal) {
      const id = await createBackup(options, run, signal);
      return (await loadBackup(folder, id)).summary;
    },

    list: () => listBackups(folder),

    async verify(id, signal) {
      const { folder: at, manifest } = await loadBackup(folder, id);
      return verification(manifest, await differences(at, manifest, signal));
    },

    async prove(id, signal) {
      const stored = await loadBackup(folder, id);
      const proving = await proveBackup(stored.folder, stored.manifest, scratch(signal));
      await keepProof(stored, clock.now(), proving.proof);
      return proving;
    },

    async withRestored(id, use, signal) {
      const stored = await loadBackup(folder, id);
      return withScratch(stored.folder, stored.manifest, scratch(signal), use);
    },

    async lossSince(id, signal) {
      return lossSince((await loadBackup(folder, id)).manifest, options, signal);
    },

    async retain(keep, protectedIds) {
      await removeTorn(folder);
      const kept = (await listBackups(folder)).map(({ id, consistencyPoint: { at }, provenAt }) => {
        return { id, at, verified: provenAt !== undefined };
      });
      const going = prune(kept, keep, protectedIds);
      for (const id of going) await removeBackup(folder, id);
      return going;
    },

    async restoring(id, run) {
      const { url, data, exec, restore: commands = { folder: '/' } } = options;
      return restoringSteps({ url, data, exec, commands }, await loadBackup(folder, id), run);
    },
  };
}
