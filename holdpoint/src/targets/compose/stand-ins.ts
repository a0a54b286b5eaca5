import type { Revision, StandIn } from '../target.ts';
import { availableRecord } from './available.ts';
import { runAside } from './commands.ts';
import type { Context } from './context.ts';
import { placeApart } from './place-apart.ts';

/** The released services of a revision, each as its record fixes it: image, definition, secrets and mounts. */
export async function standIns(context: Context, revision: Revision): Promise<readonly StandIn[]> {
  const record = await availableRecord(context, revision);
  return Object.entries(context.settings.services).flatMap(([service, settings]) => {
    // One that is new is not in the record of an older release.
    if (record.services[service] === undefined) return [];
    const { port, ready, startWithin, routed } = settings;
    return {
      service,
      startWithin,
      routed,
      ...(ready === undefined ? {} : { ready }),
      ...(port === undefined ? {} : { port }),
      start: async (name, apart) =>
        runAside(
          await context.compose(),
          await placeApart(context, context.placed(revision), record, service, apart),
          service,
          name,
        ),
    } satisfies StandIn;
  });
}
