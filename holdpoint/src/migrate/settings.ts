import { z } from 'zod';

const command = z.array(z.string().min(1)).min(1);

/**
 * The block `database.migrate:`: three commands, run in the specification's folder. `{version}` stands for the release,
 * `{head}` for the migration to go back to.
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
});

export type MigrateSettings = z.infer<typeof migrateSettings>;
