import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { digest, type ReplicaId, replicaId } from '../../kernel/ids.ts';
import type { ProcessIdentity } from '../../system/exec/processes.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';
import type { Label } from './labels.ts';
import type { MemoryKills } from './memory-kills.ts';

/**
 * What was started here and has not been taken away. The machine is asked first; a record adds what a dead process
 * can no longer tell, and finds one that has overwritten its own environment, as some servers do for their title.
 */
export interface ReplicaRecord {
  readonly label: Label;
  readonly process: ProcessIdentity;
  readonly draining: boolean;
  /** As they stood when it was started. */
  readonly kills?: MemoryKills;
}

const schema = z.strictObject({
  label: z.strictObject({
    replica: z.string().transform(replicaId),
    service: z.string(),
    revision: z.strictObject({ version: z.string(), digest: z.string().transform(digest) }),
    address: z.string(),
    startedAt: z.number(),
  }),
  process: z.strictObject({ pid: z.int(), startTicks: z.number() }),
  draining: z.boolean(),
  kills: z.strictObject({ source: z.string(), kills: z.number() }).exactOptional(),
});

export interface Records {
  all(): Promise<readonly ReplicaRecord[]>;
  write(record: ReplicaRecord): Promise<void>;
  remove(replica: ReplicaId): Promise<void>;
}

export function records(state: string): Records {
  const folder = join(state, 'replicas');
  const fileOf = (replica: ReplicaId): string => join(folder, `${replica}.json`);
  return {
    async all() {
      await mkdir(folder, { recursive: true });
      const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
      const texts = await Promise.all(names.map((name) => readTextIfAny(join(folder, name))));
      return texts.flatMap((text) => (text === undefined ? [] : [schema.parse(JSON.parse(text))]));
    },
    write: (record) => writeAtomically(fileOf(record.label.replica), `${JSON.stringify(record)}\n`),
    remove: (replica) => rm(fileOf(replica), { force: true }),
  };
}
