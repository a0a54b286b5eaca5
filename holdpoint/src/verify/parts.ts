import type { Probe, Subject } from '../checks/check.ts';
import { HoldpointError } from '../kernel/errors.ts';
import type { Evidence } from '../kernel/verdict.ts';
import type { Replica, Revision, Target } from '../targets/target.ts';

/** What verification needs beyond a subject. */
export interface VerifyParts {
  readonly target: Pick<Target, 'resolve' | 'inspect' | 'logs'>;
  /** What has to run; what the version is now when left out. A tag may have been moved since it ran. */
  readonly revision?: Revision;
  /** Runs the journey of this id; throws `not-found` when none is declared. */
  readonly runJourney: (id: string, subject: Subject, probe: Probe) => Promise<Evidence>;
}

/** The replicas that run now, read afresh: the subject's own world may be older than the deployment. */
export async function runningReplicas(
  { target }: Pick<VerifyParts, 'target'>,
  subject: Subject,
  probe: Probe,
): Promise<readonly Replica[]> {
  const declared = new Set(subject.services.map(({ name }) => name));
  const { replicas } = await target.inspect(probe.signal);
  return replicas.filter(({ service, state }) => declared.has(service) && state !== 'dead');
}

/** Where a replica answers a path. Throws `configuration` for one that has no address of its own. */
export function addressOf({ id, address }: Replica, path: string): string {
  if (address === undefined) {
    throw new HoldpointError('configuration', `${id} has no address of its own to be asked at`, {
      next: 'Declare no health, ready, metrics or version path for a service that does not listen.',
    });
  }
  return `http://${address}${path}`;
}

/** The public address followed by a path. Throws `configuration` where none is declared. */
export function publicAddress(subject: Subject, path: string): string {
  const base = subject.url === undefined ? null : URL.parse(subject.url);
  if (base === null) {
    throw new HoldpointError('configuration', 'no public address is declared', {
      next: "Write the system's public address under 'url' in the specification.",
    });
  }
  return `${base.origin}${base.pathname.replace(/\/$/, '')}${path}`;
}
