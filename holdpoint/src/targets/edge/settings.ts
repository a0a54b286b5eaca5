import { z } from 'zod';

const words = z.tuple([z.string().min(1)], z.string());

/** `target.edge:` of the specification: who spreads the requests, and how it is told where to. */
export const edgeSettings = z
  .strictObject({
    upstreams: z.string().min(1).meta({ description: 'File that Holdpoint writes and the edge reads' }),
    format: z.enum(['json', 'nginx']).default('json'),
    status: z.string().optional().meta({
      description:
        'Address that answers JSON with the `generation` in force, and the open requests by address',
    }),
    reload: words.optional().meta({ description: 'Command that makes the edge read the file again' }),
    service: z.string().min(1).optional().meta({
      description: 'Compose service in whose container `reload` runs; on this machine when left out',
    }),
  })
  .refine(({ format, status }) => format === 'nginx' || status !== undefined, {
    path: ['status'],
    message: 'is needed with the json format: without it nothing tells whether the edge has followed',
  });

export type EdgeSettings = z.output<typeof edgeSettings>;
