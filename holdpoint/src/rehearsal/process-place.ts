import type { Launch } from '../targets/target.ts';
import type { CellOptions } from './cell/cell.ts';
import { openCell } from './cell/open.ts';
import type { Place } from './place.ts';
import { loginOf } from './trial-connection.ts';
import { type TrialDatabases, trialEnvironment } from './trial-environment.ts';
import { secretsIn } from './trial-secrets.ts';

export interface ProcessPlaceOptions extends Pick<CellOptions, 'isolation' | 'bwrap' | 'signal'> {
  readonly launches: readonly Launch[];
  readonly databases: TrialDatabases;
  /** Variables that differ from the declared ones. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A version as processes in a cell. Throws `configuration` when it cannot be cut off, or would be led to production. */
export async function openProcessPlace(options: ProcessPlaceOptions): Promise<Place> {
  const { launches, databases, environment: overlay, ...how } = options;
  const { production, scratch } = databases;
  const { address, port } = loginOf(scratch);
  const cell = await openCell({ ...how, database: { host: address, port }, launches });
  try {
    const services = launches.map((launch) => {
      const environment = trialEnvironment(launch.environment, overlay, databases, cell.cutOff);
      const { service, ready, startWithin, routed } = launch;
      return {
        ...{ service, startWithin, routed, ...(ready === undefined ? {} : { ready }) },
        secrets: secretsIn({ ...environment, production, scratch }),
        async start() {
          const { port: at, alive, log } = await cell.start({ ...launch, environment });
          return { reach: () => cell.reach(at), alive, log };
        },
      };
    });
    return { cutOff: cell.cutOff, services, close: () => cell.close() };
  } catch (error) {
    await cell.close();
    throw error;
  }
}
