import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { asHoldpointError } from '../../kernel/errors.ts';
import type { Exec } from '../../system/exec/command.ts';
import type { Destructive } from './destructive.ts';

/** One complaint of squawk, a linter of migrations for PostgreSQL. */
export interface Complaint {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

export type Reading =
  | { readonly kind: 'read'; readonly complaints: readonly Complaint[] }
  /** It is not installed, or broke: then nothing but our own reading was done. */
  | { readonly kind: 'unread'; readonly why: string };

const Report = z.array(
  z
    .object({ file: z.string(), line: z.int(), rule_name: z.string(), message: z.string() })
    .transform(({ file, line, rule_name, message }) => ({
      file: basename(file),
      // It counts lines from 0.
      line: line + 1,
      rule: rule_name,
      message,
    })),
);

/**
 * Squawk calls everything a warning, so that we choose: what loses data or breaks the version that runs, by the kind
 * under which our own reading knows it, and what locks a table for as long as its size takes. All else is advice.
 */
const FAULTS: Readonly<Record<string, Destructive['kind'] | 'lock'>> = {
  'ban-drop-column': 'drop-column',
  'ban-drop-table': 'drop',
  'ban-drop-database': 'drop',
  'ban-truncate-cascade': 'truncate',
  'changing-column-type': 'change-type',
  'renaming-column': 'rename',
  'renaming-table': 'rename',
  'adding-required-field': 'not-null',
  'adding-not-nullable-field': 'not-null',
  'adding-field-with-default': 'lock',
  'adding-foreign-key-constraint': 'lock',
  'adding-serial-primary-key-field': 'lock',
  'constraint-missing-not-valid': 'lock',
  'disallowed-unique-constraint': 'lock',
  'require-concurrent-index-creation': 'lock',
  'require-concurrent-index-deletion': 'lock',
  'require-concurrent-partition-detach': 'lock',
  'require-concurrent-reindex': 'lock',
};

export const kindOfRule = (rule: string): Destructive['kind'] | 'lock' | undefined => FAULTS[rule];

/** Lets squawk read these SQL files, if it is on the search path or among the packages at or above `folder`. */
export async function readWithSquawk(
  files: readonly string[],
  folder: string,
  exec: Exec,
  signal: AbortSignal,
): Promise<Reading> {
  if (files.length === 0) return { kind: 'read', complaints: [] };
  // Most tools wrap a migration in a transaction; only so does it know that a table of the same file is new.
  const args = ['--assume-in-transaction', '--reporter', 'json', ...files];
  const program = (await amongPackages(folder)) ?? 'squawk';
  try {
    const result = await exec({ program, args, cwd: folder }, { timeout: 20_000, signal });
    return { kind: 'read', complaints: Report.parse(JSON.parse(result.stdout)) };
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, message } = asHoldpointError(thrown);
    const missing = code === 'command-failed' && message.endsWith('was not found');
    return { kind: 'unread', why: missing ? 'squawk is not installed' : 'squawk wrote no report' };
  }
}

async function amongPackages(folder: string): Promise<string | undefined> {
  const program = join(folder, 'node_modules/.bin/squawk');
  const found = await access(program).then(
    () => true,
    () => false,
  );
  if (found) return program;
  const above = dirname(folder);
  return above === folder ? undefined : amongPackages(above);
}
