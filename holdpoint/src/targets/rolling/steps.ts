import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { digest, type ReplicaId, replicaId, stepName } from '../../kernel/ids.ts';
import type { Replica, Revision, TargetStep } from '../target.ts';

type Verb = 'start' | 'keep' | 'await-ready' | 'route' | 'unroute' | 'drain';

/** The effect of one rolling step, read back from the step's action. */
export interface RollingAction {
  readonly verb: Verb;
  readonly service: string;
  readonly replica: ReplicaId;
  readonly revision: Revision;
  /** Of a start: no edge is told of it, and it has traffic as soon as it runs. */
  readonly routed?: true;
  /** Of a replica that is kept: what it was called in the revision before. */
  readonly former?: ReplicaId;
}

const schema = z.strictObject({
  verb: z.enum(['start', 'keep', 'await-ready', 'route', 'unroute', 'drain']),
  service: z.string().min(1),
  replica: z.string().min(1).transform(replicaId),
  revision: z.strictObject({ version: z.string().min(1), digest: z.string().min(1).transform(digest) }),
  routed: z.literal(true).exactOptional(),
  former: z.string().min(1).transform(replicaId).exactOptional(),
});

/** Hexadecimal digits of the digest that tell two contents of one version apart in names. */
const SHORT = 8;

const shortName = (revision: Revision): string => `${revision.version}-${revision.digest.slice(0, SHORT)}`;

export const sameRevision = (a: Revision, b: Revision): boolean =>
  a.digest === b.digest && a.version === b.version;

/** `backend-2.0.0-1a2b3c4d-1`; slots count from 1. */
export const replicaIdOf = (service: string, revision: Revision, slot: number): ReplicaId =>
  replicaId(`${service}-${shortName(revision)}-${slot}`);

/** The slot of an id made by `replicaIdOf`; undefined for an id that came from elsewhere. */
export function slotOf(replica: Pick<Replica, 'id' | 'service' | 'revision'>): number | undefined {
  const slot = /-(\d+)$/.exec(replica.id)?.[1];
  if (slot === undefined) return undefined;
  const own = replicaIdOf(replica.service, replica.revision, Number(slot)) === replica.id;
  return own ? Number(slot) : undefined;
}

const TITLES: Readonly<Record<Verb, string>> = {
  start: 'start',
  keep: 'leave as it is:',
  'await-ready': 'wait until ready:',
  route: 'send traffic to',
  unroute: 'take traffic from',
  drain: 'drain and stop',
};

/** Named by verb and replica alone, so that a plan made again after a crash gives each effect its old name. */
export function rollingStep(
  verb: Verb,
  { id, service, revision }: Pick<Replica, 'id' | 'service' | 'revision'>,
  more: Pick<RollingAction, 'routed' | 'former'> = {},
): TargetStep {
  const slot = slotOf({ id, service, revision });
  const where = slot === undefined ? id : `${shortName(revision)}/${slot}`;
  return {
    name: stepName(`${service}/${verb}/${where}`),
    title: `${TITLES[verb]} ${slot === undefined ? id : `${service}-${slot}`} of ${revision.version}`,
    action: {
      verb,
      service,
      replica: id,
      revision: { version: revision.version, digest: revision.digest },
      ...more,
    },
  };
}

/** Throws `internal` on an action that no version of this code could have written. */
export function readAction(step: TargetStep): RollingAction {
  const parsed = schema.safeParse(step.action);
  if (parsed.success) return parsed.data;
  throw new HoldpointError('internal', `the step '${step.name}' has an action that is not understood`, {
    cause: parsed.error,
    next: 'Plan the release again with this version of Holdpoint.',
  });
}
