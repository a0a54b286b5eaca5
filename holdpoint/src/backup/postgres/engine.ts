import { tmpdir } from 'node:os';
import type { ServerControl } from '../../system/postgres/control.ts';
import { processControl, type RestoreCommands } from '../../system/postgres/process-control.ts';
import type { DatabaseBackup } from '../backup.ts';
import { prune } from '../retention.ts';
import { createBackup, type Source } from './create.ts';
import { lossSince } from './loss-since.ts';
import { proveBackup } from './prove.ts';
import { restoringSteps } from './restoring.ts';
import { type Scratch, withScratch } from './scratch.ts';
import { keepProof, listBackups, loadBackup, removeBackup, removeTorn } from './store.ts';
import { differences, verification } from './verify.ts';

/** A server in a form of its own, or one that is a process of this machine. */
type Whose =
  | { readonly server: ServerControl }
  | {
      readonly url: string;
      readonly data: string;
      /** How a restore in place stops and starts the server; pg_ctl when left out. */
      readonly restore?: RestoreCommands | undefined;
    };

/** All paths absolute. */
export type PostgresBackupOptions = Whose & Kept;

interface Kept extends Omit<Source, 'server'> {
  /** Where restored copies run; the system's temporary folder when left out. */
  readonly scratch?: string | undefined;
}

/** Physical backups of a PostgreSQL server on this machine, kept in a folder, one folder each. */
export function postgresBackup(options: PostgresBackupOptions): DatabaseBackup {
  const { folder, clock, exec } = options;
  const server = serverOf(options);
  const source = { ...options, server };
  const scratch = (signal?: AbortSignal): Scratch => ({
    parent: options.scratch ?? tmpdir(),
    url: server.declared,
    exec,
    signal,
  });
  return {
    async create(run, signal) {
      const id = await createBackup(source, run, signal);
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
      const at = { url: await server.url(signal), clock };
      return lossSince((await loadBackup(folder, id)).manifest, at, signal);
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
      return restoringSteps(server, await loadBackup(folder, id), run);
    },
  };
}

function serverOf(options: PostgresBackupOptions): ServerControl {
  if ('server' in options) return options.server;
  const { url, data, exec, restore: commands } = options;
  return processControl({ url, data, exec, commands });
}
