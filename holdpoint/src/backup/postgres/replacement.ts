import type { Digest, RunId } from '../../kernel/ids.ts';
import type { ServerControl } from '../../system/postgres/control.ts';
import type { Manifest } from './manifest.ts';
import type { Place } from './restoring-place.ts';

/** One backup on its way into the place of the server's data. */
export interface Replacement {
  readonly server: ServerControl;
  readonly run: RunId;
  readonly id: string;
  /** Of the backup. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly digest: Digest;
  readonly place: Place;
}
