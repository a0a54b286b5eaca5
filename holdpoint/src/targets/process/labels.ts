import { createHash } from 'node:crypto';
import { digest, type ReplicaId, replicaId } from '../../kernel/ids.ts';
import type { FoundProcess } from '../../system/exec/processes.ts';
import type { Revision } from '../target.ts';

/** What a replica is told by, on its process itself, so that nothing but the machine needs to remember it. */
export interface Label {
  readonly replica: ReplicaId;
  readonly service: string;
  readonly revision: Revision;
  /** `host:port` */
  readonly address: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
}

const TARGET = 'HOLDPOINT_TARGET';

export { TARGET as TARGET_VARIABLE };

/** One word that stands for a state folder: two targets on one machine never see each other's replicas. */
export const targetIdentity = (state: string): string =>
  createHash('sha256').update(state).digest('hex').slice(0, 16);

export function labelVariables(identity: string, label: Label): Record<string, string> {
  return {
    [TARGET]: identity,
    HOLDPOINT_REPLICA: label.replica,
    HOLDPOINT_SERVICE: label.service,
    HOLDPOINT_REVISION: `${label.revision.version}@${label.revision.digest}`,
    HOLDPOINT_ADDRESS: label.address,
    HOLDPOINT_STARTED: String(label.startedAt),
  };
}

/** The label that a process carries; undefined for one that only happens to have a variable of ours. */
export function readLabel({ environment }: Pick<FoundProcess, 'environment'>): Label | undefined {
  const replica = environment['HOLDPOINT_REPLICA'];
  const service = environment['HOLDPOINT_SERVICE'];
  const address = environment['HOLDPOINT_ADDRESS'];
  const startedAt = Number(environment['HOLDPOINT_STARTED']);
  const [, version, sum] = /^(.+)@([0-9a-f]{64})$/.exec(environment['HOLDPOINT_REVISION'] ?? '') ?? [];
  if (!replica || !service || !address || !version || !sum || Number.isNaN(startedAt)) return undefined;
  return {
    replica: replicaId(replica),
    service,
    revision: { version, digest: digest(sum) },
    address,
    startedAt,
  };
}
