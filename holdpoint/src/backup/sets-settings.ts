import { z } from 'zod';
import { duration } from '../kernel/settings.ts';
import { recurrence } from './schedule/order.ts';

const path = z.string().min(1);
const command = z.array(z.string().min(1)).min(1);
const count = z.int().min(0);

const archive = z.strictObject({
  kind: z.literal('archive'),
  folder: path.default('backups').meta({ description: 'Where archives are kept, better on another disk' }),
  recipients: z
    .array(z.string().min(1))
    .default([])
    .meta({
      description: 'Public keys of age; archives are encrypted to all of them',
      examples: [['age1…']],
    }),
  identity: path.optional().meta({ description: 'File with the private key of age, to read them back' }),
});

const restic = z
  .strictObject({
    kind: z.literal('restic'),
    repository: z
      .string()
      .min(1)
      .meta({
        description: "Address as restic writes it; a folder's path starts at the specification's folder",
        examples: ['/srv/restic', 's3:https://s3.example.com/backups', 'sftp:backup@example.com:/srv/restic'],
      }),
    passwordFile: path.optional(),
    passwordCommand: command.optional().meta({ description: 'Prints the password' }),
    environment: z
      .array(z.string().regex(/^[A-Za-z_]\w*$/))
      .default([])
      .meta({
        description: 'Variables with credentials that have to be set, by name',
        examples: [['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']],
      }),
    options: z
      .array(z.string().regex(/^[\w.-]+=/))
      .default([])
      .meta({
        description: "restic's own extended options, each as `-o` takes it",
        examples: [['sftp.command=ssh backup@example.com -p 2222 -s sftp']],
      }),
  })
  .refine(
    ({ passwordFile, passwordCommand }) => (passwordFile === undefined) !== (passwordCommand === undefined),
    { path: ['passwordFile'], message: 'either `passwordFile` or `passwordCommand` is needed' },
  );

/** How many copies stay, by age; each rule is met by verified ones alone too. */
const retentionSettings = z
  .strictObject({
    last: z.int().min(1).default(7),
    hourly: count.default(0),
    daily: count.default(7),
    weekly: count.default(4),
    monthly: count.default(6),
    yearly: count.default(0),
    zone: z
      .string()
      .refine(isZone, 'is no time zone')
      .default('UTC')
      .meta({ description: 'Whose midnight parts the days', examples: ['Europe/Vienna'] }),
  })
  .meta({ description: 'Of each hour, day and so on the newest copy stays' });

/** The block `backups:` of the specification. Relative paths start at the specification's folder. */
export const backupsSettings = z.strictObject({
  vault: z.discriminatedUnion('kind', [archive, restic]),
  volumes: z
    .array(z.string().min(1))
    .default([])
    .meta({ description: 'Docker volumes, by the names of the compose files or of the engine' }),
  quiet: z.enum(['pause', 'stop', 'live']).default('pause').meta({
    description: 'What is done meanwhile to containers that use a volume',
  }),
  database: z.enum(['physical', 'dump', 'both', 'none']).default('both').meta({
    description: 'Which copies of `database` are taken: the files of the server, or its portable dump',
  }),
  redis: z.boolean().default(true).meta({ description: 'Whether the server of `redis` is copied' }),
  scratch: path.optional().meta({
    description: 'Folder with room for what is laid out or restored; the temporary one when left out',
  }),
  retention: retentionSettings.prefault({}),
  objectives: z
    .strictObject({
      rpo: duration.optional().meta({ description: 'How much time of writes may be lost' }),
      rto: duration.optional().meta({ description: 'How long it may take to be back in service' }),
    })
    .prefault({}),
  drill: z
    .strictObject({
      queries: z
        .array(
          z.strictObject({
            sql: z.string().min(1),
            expect: z.string().optional().meta({ description: 'The one value; any row when left out' }),
          }),
        )
        .default([])
        .meta({ description: 'Asked of the restored database' }),
      start: command.optional().meta({
        description: 'Starts the service on the restored database (DATABASE_URL); ends with 0 once healthy',
      }),
    })
    .prefault({}),
  schedule: z
    .strictObject({
      backup: recurrence.prefault('02:30').meta({
        description: 'When a backup is taken, and old ones go',
        examples: ['02:30', 'sunday 04:00'],
      }),
      drill: recurrence.prefault('sunday 04:00').meta({
        description: 'When backups are restored for trial',
        examples: ['sunday 04:00', '05:15'],
      }),
    })
    .prefault({})
    .meta({
      description: 'For `holdpoint backup schedule`: a time of each day or of a weekday, by local time',
    }),
});

export type BackupsSettings = z.output<typeof backupsSettings>;
export type VaultSettings = BackupsSettings['vault'];

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
