import { z } from 'zod';

const command = z.array(z.string().min(1)).min(1);

/** How `status` answers: in JSON, or as `alembic history --indicate-current` does. */
export type StatusFormat = 'json' | 'alembic';

/**
 * The block `database.migrate:`: three commands, run in the specification's folder, or in containers of a service.
 * `{version}` stands for the release, `{head}` for the migration to go back to.
 */
export const migrateSettings = z.strictObject({
  up: command.meta({
    description: 'Applies every pending migration',
    examples: [['node', 'releases/{version}/migrate.mjs', 'up']],
  }),
  down: command.meta({
    description: 'Goes back until {head} is the newest applied migration',
    examples: [['node', 'releases/{version}/migrate.mjs', 'down', '--to', '{head}']],
  }),
  status: command.meta({
    description: 'Prints JSON: {"current":"0003","pending":["0004"],"head":"0004"}',
    examples: [['node', 'releases/{version}/migrate.mjs', 'status', '--json']],
  }),
  format: z.enum(['json', 'alembic']).default('json').meta({
    description: 'What status prints; alembic: what `alembic history --indicate-current` does',
  }),
  service: z
    .string()
    .min(1)
    .optional()
    .meta({
      description:
        'Service of the target: each command runs in a container of its own, made from that service of the release',
      examples: ['backend'],
    }),
});

export type MigrateSettings = z.output<typeof migrateSettings>;
