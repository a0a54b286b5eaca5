import { HoldpointError } from '../../kernel/errors.ts';
import { type RollingRules, type RollingService, slotAboveAll } from '../rolling/replicas.ts';
import type { Replica, Revision } from '../target.ts';
import type { Context } from './context.ts';
import { replicasOf } from './declared.ts';
import { aloneOf } from './estimate.ts';
import { serviceNamed } from './files.ts';

/** The released services as a plan needs them, with what is known now of how long their replacement takes. */
export function rollingServices({ settings, project, downtimes }: Context): readonly RollingService[] {
  return Object.entries(settings.services).map(([name, own]) => {
    const service = serviceNamed(project, name);
    const alone = aloneOf(service, own, settings.way, downtimes.measured(name));
    const replicas = replicasOf(own, service);
    return { name, replicas, routed: own.routed, ...(alone === undefined ? {} : { alone }) };
  });
}

/** Throws `configuration` for several replicas of what can run only once. */
export function assertCountable({ settings, project }: Context): void {
  for (const [name, own] of Object.entries(settings.services)) {
    const service = serviceNamed(project, name);
    const alone = aloneOf(service, { ...own, overlap: true }, 'roll', undefined);
    if (alone === undefined || replicasOf(own, service) <= 1) continue;
    throw new HoldpointError('configuration', `'${name}' cannot have several replicas: ${alone.reason}`, {
      next: `Take that out of the compose files, or set 'replicas: 1'.`,
    });
  }
}

export function rulesOf({ settings, records }: Context): RollingRules {
  return {
    slot: slotAboveAll,
    steered: settings.edge !== undefined,
    keeps: ({ service, revision }: Replica, to: Revision) => {
      const content = records.known(to)?.services[service]?.content;
      return content !== undefined && content === records.known(revision)?.services[service]?.content;
    },
  };
}
