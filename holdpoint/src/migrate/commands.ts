import { HoldpointError } from '../kernel/errors.ts';
import type { Command } from '../system/exec/command.ts';
import type { MigrateSettings, StatusFormat } from './settings.ts';

export interface MigrationPlace {
  /** Absolute folder of the specification, where the commands run. */
  readonly folder: string;
  readonly version: string;
  /** Added to the inherited environment; a rehearsal names its copy here. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface MigrateCommands {
  readonly status: Command;
  /** Of what `status` prints; JSON when left out. */
  readonly format?: StatusFormat;
  readonly up: Command;
  /** Back until `head` is the newest migration that is applied. */
  down(head: string): Command;
}

type Commands = Pick<MigrateSettings, 'up' | 'down' | 'status'> & Partial<Pick<MigrateSettings, 'format'>>;

/** Pure: the three commands of one release. Throws `configuration` for a placeholder that is unknown or missing. */
export function migrateCommands(settings: Commands, place: MigrationPlace): MigrateCommands {
  if (!settings.down.some((word) => word.includes('{head}'))) {
    throw new HoldpointError('configuration', 'database.migrate.down does not say how far to go back', {
      next: 'Put {head} where the command takes the migration that stays.',
    });
  }
  const of = (name: string, words: readonly string[], known: Readonly<Record<string, string>>): Command => {
    const [program = '', ...args] = words.map((word) => fill(`database.migrate.${name}`, word, known));
    const { folder: cwd, environment } = place;
    return { program, args, cwd, ...(environment === undefined ? {} : { environment }) };
  };
  const version = { version: place.version };
  // Tried now, so that a misspelt placeholder is not found on the way back.
  of('down', settings.down, { ...version, head: '' });
  return {
    status: of('status', settings.status, version),
    ...(settings.format === undefined ? {} : { format: settings.format }),
    up: of('up', settings.up, version),
    down: (head) => of('down', settings.down, { ...version, head }),
  };
}

function fill(where: string, word: string, known: Readonly<Record<string, string>>): string {
  return word.replace(/\{(\w+)\}/g, (written, name: string) => {
    const value = Object.hasOwn(known, name) ? known[name] : undefined;
    if (value !== undefined) return value;
    throw new HoldpointError('configuration', `${where} has ${written}, which nothing fills`, {
      next: `Use ${Object.keys(known)
        .map((word) => `{${word}}`)
        .join(' or ')}.`,
    });
  });
}
