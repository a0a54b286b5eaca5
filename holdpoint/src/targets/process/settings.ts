import { z } from 'zod';
import { bytes, duration } from '../../kernel/settings.ts';

const path = z.string().startsWith('/');
const words = z.tuple([z.string().min(1)], z.string());

const service = z.strictObject({
  command: words.meta({ description: 'Program and arguments; run in the folder of the release' }),
  environment: z.record(z.string(), z.union([z.string(), z.number().transform(String)])).default({}),
  replicas: z.int().min(1).default(1),
  routed: z.boolean().default(true).meta({ description: 'Whether the edge sends it traffic' }),
  ready: path.optional().meta({ description: 'Answers 2xx once the replica can take traffic' }),
  health: path.optional(),
  metrics: path.optional(),
  versionPath: path.optional().meta({ description: 'Answers JSON with `version`' }),
  startWithin: duration.prefault('30s'),
  drainWithin: duration.prefault('15s').meta({
    description: 'How long open requests may take to end, and then the process after SIGTERM',
  }),
  limits: z
    .strictObject({ cpu: z.union([z.string(), z.number()]).optional(), memory: bytes.optional() })
    .optional(),
});

const edge = z
  .strictObject({
    upstreams: z.string().min(1).meta({ description: 'File that Holdpoint writes and the edge reads' }),
    format: z.enum(['json', 'nginx']).default('json'),
    status: z.string().optional().meta({
      description:
        'Address that answers JSON with the `generation` in force, and the open requests by address',
    }),
    reload: words.optional().meta({ description: 'Command that makes the edge read the file again' }),
  })
  .refine(({ format, status }) => format === 'nginx' || status !== undefined, {
    path: ['status'],
    message: 'is needed with the json format: without it nothing tells whether the edge has followed',
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
    edge: edge.optional(),
  })
  .refine(({ services, edge }) => edge !== undefined || !Object.values(services).some((one) => one.routed), {
    path: ['edge'],
    message: 'is needed, since a service is routed; or set `routed: false`',
  });

export type ProcessSettings = z.output<typeof processSettings>;
export type ServiceSettings = ProcessSettings['services'][string];
export type EdgeSettings = NonNullable<ProcessSettings['edge']>;
