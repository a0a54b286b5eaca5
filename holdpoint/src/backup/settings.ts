import { z } from 'zod';
import { duration } from '../kernel/settings.ts';
import { migrateSettings } from '../migrate/settings.ts';
import { rehearsalSettings } from '../rehearsal/settings.ts';

const command = z.array(z.string().min(1)).min(1);

/** A container of this machine's Docker Engine: by its name, or as that of a service of compose. */
export const containerSettings = z
  .strictObject({
    service: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: 'Service of compose that is the server',
        examples: ['postgres'],
      }),
    project: z.string().min(1).optional().meta({
      description: "Compose project of that service; the target's when left out",
    }),
    name: z.string().min(1).optional().meta({ description: 'Name of the container, instead of a service' }),
  })
  .refine(({ service, name }) => (service === undefined) !== (name === undefined), {
    message: "either 'service' or 'name' has to be given",
  });

/** The block `database:` of the specification. Relative paths start at the specification's folder. */
export const databaseSettings = z
  .strictObject({
    kind: z.literal('postgres'),
    url: z
      .string()
      .min(1)
      .meta({
        description:
          'Connection string of a user who may back up: a superuser, or one with REPLICATION and pg_backup_start. For a server in a container its host may be the name of the service',
        examples: ['$' + '{DATABASE_URL}'],
      }),
    data: z
      .string()
      .min(1)
      .optional()
      .meta({
        description:
          "The server's data directory on this machine; that of a container is found by its volume when left out",
        examples: ['/var/lib/postgresql/18/main'],
      }),
    container: containerSettings
      .optional()
      .meta({ description: "The container that the server runs in, on this machine's Docker Engine" }),
    migrate: migrateSettings.optional(),
    rehearsal: rehearsalSettings.prefault({}),
    restore: z
      .strictObject({
        stop: command.optional().meta({
          description: 'Stops the server before its data is replaced; pg_ctl when left out',
          examples: [['pg_ctlcluster', '18', 'main', 'stop']],
        }),
        start: command.optional().meta({
          description: 'Starts it again; pg_ctl with the options that it ran with when left out',
          examples: [['pg_ctlcluster', '18', 'main', 'start']],
        }),
      })
      .prefault({}),
    backup: z
      .strictObject({
        folder: z.string().min(1).default('backups').meta({ description: 'Where backups are kept' }),
        maxAge: duration.prefault('24h'),
        keep: z.int().min(1).default(7).meta({ description: 'How many backups are kept' }),
        scratch: z.string().min(1).optional().meta({
          description:
            'Folder with room for a restored copy, for proofs and rehearsals; the temporary one when left out',
        }),
      })
      .prefault({}),
  })
  .refine(({ data, container: inside }) => data !== undefined || inside !== undefined, {
    path: ['data'],
    message: "the data directory has to be given, or the 'container' that the server runs in",
  })
  .refine(
    ({ container: inside, restore }) =>
      inside === undefined || (restore.stop === undefined && restore.start === undefined),
    { path: ['restore'], message: 'a container is stopped and started by the engine' },
  );
