import { z } from 'zod';
import { bytes } from '../../kernel/settings.ts';
import { edgeSettings } from '../edge/settings.ts';
import { serviceSettings } from '../service-settings.ts';

const words = z.tuple([z.string().min(1)], z.string());

const service = z.strictObject({
  command: words.meta({ description: 'Program and arguments; run in the folder of the release' }),
  environment: z.record(z.string(), z.union([z.string(), z.number().transform(String)])).default({}),
  replicas: z.int().min(1).default(1),
  ...serviceSettings,
  limits: z
    .strictObject({ cpu: z.union([z.string(), z.number()]).optional(), memory: bytes.optional() })
    .optional(),
});

/** `target:` of the specification, for replicas that are processes of this machine. */
export const processSettings = z
  .strictObject({
    kind: z.literal('process'),
    releases: z
      .string()
      .includes('{version}')
      .meta({
        description: 'Folder of a release, with {version} in it',
        examples: ['releases/{version}'],
      }),
    services: z
      .record(z.string().regex(/^[a-z][a-z0-9-]*$/), service)
      .refine((services) => Object.keys(services).length > 0, 'at least one service is needed'),
    edge: edgeSettings.optional(),
  })
  .refine(({ services, edge }) => edge !== undefined || !Object.values(services).some((one) => one.routed), {
    path: ['edge'],
    message: 'is needed, since a service is routed; or set `routed: false`',
  });

export type ProcessSettings = z.output<typeof processSettings>;
export type ServiceSettings = ProcessSettings['services'][string];
