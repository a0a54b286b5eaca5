import { z } from 'zod';
import { edgeSettings } from '../edge/settings.ts';
import { serviceSettings } from '../service-settings.ts';

const service = z.strictObject({
  ...serviceSettings,
  port: z.int().min(1).max(65_535).optional().meta({
    description: 'Port inside the container that answers the paths below and takes the traffic',
  }),
  replicas: z.int().min(1).optional().meta({ description: 'As the compose files say, when left out' }),
  overlap: z.boolean().default(true).meta({
    description: 'false for a single writer: the old container ends before the new one starts',
  }),
});

/** `target:` of the specification, for services of compose files on a Docker Engine. */
export const composeSettings = z
  .strictObject({
    kind: z.literal('compose'),
    files: z
      .array(z.string().min(1))
      .min(1)
      .default(['docker-compose.yml'])
      .meta({ description: 'Merged in this order, as `docker compose -f … -f …` does' }),
    project: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]*$/)
      .optional()
      .meta({ description: 'Name of the compose project; as compose finds it when left out' }),
    profiles: z.array(z.string().min(1)).default([]),
    envFiles: z
      .array(z.string().min(1))
      .optional()
      .meta({ description: 'Variables for the compose files; `.env` beside the first file when left out' }),
    variables: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
      .default({ VERSION: '{version}' })
      .meta({ description: 'Variables of the compose files that name the version' }),
    pull: z.enum(['missing', 'always', 'never']).default('missing').meta({
      description: 'When images are pulled; once a release is planned, its digests are fixed',
    }),
    way: z.enum(['roll', 'recreate']).default('roll').meta({
      description: 'roll: new replicas beside old ones, without downtime; recreate: down, migrate, up',
    }),
    services: z
      .record(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/), service)
      .refine((services) => Object.keys(services).length > 0, 'at least one service is needed')
      .meta({ description: 'Services that a release replaces, in this order; the others are left alone' }),
    edge: edgeSettings.optional(),
  })
  .refine(
    ({ services, edge }) =>
      edge === undefined ||
      Object.values(services).every(({ routed, port }) => !routed || port !== undefined),
    { path: ['services'], message: 'each routed service needs the port that the edge sends its traffic to' },
  );

export type ComposeSettings = z.output<typeof composeSettings>;
export type ComposeServiceSettings = ComposeSettings['services'][string];
