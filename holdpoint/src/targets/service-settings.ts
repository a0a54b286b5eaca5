import { z } from 'zod';
import { duration } from '../kernel/settings.ts';

const path = z.string().startsWith('/');

/** What every kind of target is told of a service: how to ask it, and how long it may take. */
export const serviceSettings = {
  routed: z.boolean().default(true).meta({ description: 'Whether the edge sends it traffic' }),
  ready: path.optional().meta({ description: 'Answers 2xx once the replica can take traffic' }),
  health: path.optional(),
  metrics: path.optional(),
  versionPath: path.optional().meta({ description: 'Answers JSON with `version`' }),
  startWithin: duration.prefault('30s'),
  drainWithin: duration.prefault('15s').meta({
    description: 'How long open requests may take to end, and then the process after SIGTERM',
  }),
};

interface Paths {
  readonly health?: string | undefined;
  readonly ready?: string | undefined;
  readonly metrics?: string | undefined;
  readonly versionPath?: string | undefined;
}

/** The paths alone, as a declared service has them. */
export function pathsOf({ health, ready, metrics, versionPath }: Paths) {
  return {
    ...(health === undefined ? {} : { health }),
    ...(ready === undefined ? {} : { ready }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(versionPath === undefined ? {} : { version: versionPath }),
  };
}
