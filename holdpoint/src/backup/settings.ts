import { z } from 'zod';
import { duration } from '../kernel/settings.ts';
import { migrateSettings } from '../migrate/settings.ts';
import { rehearsalSettings } from '../rehearsal/settings.ts';

const command = z.array(z.string().min(1)).min(1);

/** The block `database:` of the specification. Relative paths start at the specification's folder. */
export const databaseSettings = z.strictObject({
  kind: z.literal('postgres'),
  url: z
    .string()
    .min(1)
    .meta({
      description:
        'Connection string of a user who may back up: a superuser, or one with REPLICATION and pg_backup_start',
      examples: ['$' + '{DATABASE_URL}'],
    }),
  data: z
    .string()
    .min(1)
    .meta({
      description: "The server's data directory on this machine",
      examples: ['/var/lib/postgresql/18/main'],
    }),
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
});
