import type { Digest, RunId } from '../../kernel/ids.ts';
import type { Exec } from '../../system/exec/command.ts';
import type { Manifest } from './manifest.ts';
import type { Place } from './restoring-place.ts';

/** How the server is stopped and started, where pg_ctl must not; `folder` is where the commands run. */
export interface RestoreCommands {
  readonly stop?: readonly string[] | undefined;
  readonly start?: readonly string[] | undefined;
  readonly folder: string;
}

export interface RestoreOptions {
  readonly url: string;
  readonly data: string;
  readonly exec: Exec;
  readonly commands: RestoreCommands;
}

/** One backup on its way into the place of the server's data. */
export interface Replacement extends Omit<RestoreOptions, 'data'> {
  readonly run: RunId;
  readonly id: string;
  /** Of the backup. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly digest: Digest;
  readonly major: number;
  readonly place: Place;
}
