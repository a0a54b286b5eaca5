import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check, Probe, Subject } from '../check.ts';
import { pathOf, readSettings, type Waiver, waiver, waiverFor } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { type Destructive, destructiveStatements } from './destructive.ts';
import { kindOfRule, type Reading, readWithSquawk } from './squawk.ts';

const ID = checkId('database.migrations');

const Settings = z.strictObject({
  /** The command whose output is JSON with `current`, `pending` and `head` (or `heads`). */
  status: z.array(z.string()).min(1).optional(),
  /** Where the migrations' SQL files are. */
  folder: z.string().optional(),
  /** By the file's name, or by `file:kind` for one kind of statement only, or `file:rule` for a rule of squawk. */
  waivers: z.array(waiver).default([]),
});

const name = z.union([z.string(), z.number()]).transform(String);
const Status = z
  .object({
    current: name.nullish(),
    pending: z.array(name),
    head: name.nullish(),
    heads: z.array(name).optional(),
    failed: z.array(name).optional(),
    ahead: z.array(name).optional(),
  })
  .transform(({ head, heads, ...rest }) => ({ ...rest, heads: heads ?? (head == null ? [] : [head]) }));
type MigrationStatus = z.output<typeof Status>;

interface MigrationFile {
  readonly file: string;
  readonly statements: readonly Destructive[];
}

/** Lines of advice; of many migrations at once there are hundreds, and none of them stops a release. */
const SHOWN = 20;

/** All that is known of the pending migrations' text. */
interface Read {
  readonly files: readonly MigrationFile[];
  readonly squawk: Reading;
}

interface Finding {
  readonly text: string;
  readonly by: Waiver | undefined;
}

function judgeMigrations(
  expected: { readonly waivers: readonly Waiver[]; readonly now: number },
  status: MigrationStatus,
  /** undefined when no folder is named. */
  read: Read | undefined,
): Evidence {
  const waived = (file: string, ...kinds: readonly string[]): Waiver | undefined =>
    [file, ...kinds.map((kind) => `${file}:${kind}`)]
      .map((id) => waiverFor(expected.waivers, id, expected.now))
      .find(Boolean);
  const found = read === undefined ? [] : [...ownFindings(read, waived), ...squawkFindings(read, waived)];
  const open = found.filter(({ by }) => by === undefined);
  const faults = [
    ...(status.heads.length > 1
      ? [`there are ${status.heads.length} heads: ${status.heads.join(', ')}`]
      : []),
    ...(status.failed ?? []).map((one) => `migration ${one} was begun and broke off`),
    ...(status.ahead ?? []).map((one) => `migration ${one} is in the database, but not in this release`),
    ...open.map(({ text }) => text),
  ];
  const { pending } = status;
  if (faults.length === 0 && pending.length > 0 && read === undefined) {
    return inconclusive(
      `${pending.length} migrations are pending, and nobody has read them`,
      "Name their folder under 'folder' in the check's settings.",
    );
  }
  const told = read === undefined ? [] : adviceOf(read);
  const evidence = judgeFaults(
    faults,
    `one head (${status.heads[0] ?? 'none'}), ${pending.length} pending, ${open.length} destructive statements`,
    {
      measured: `at ${status.current ?? 'nothing'}, pending: ${pending.join(', ') || 'none'}`,
      next: 'Split the migration into an expanding and a later contracting one, or let a named person waive it.',
      ...(told.length === 0 ? {} : { details: told }),
    },
  );
  if (evidence.verdict !== 'pass' || found.length === 0) return evidence;
  const details = found.map(({ text, by }) => `${text} (waived by ${by?.by ?? '?'}: ${by?.reason ?? '?'})`);
  const summary = `one head (${status.heads[0] ?? 'none'}), ${found.length} destructive statements waived`;
  return { ...evidence, verdict: 'waived', summary, details: [...details, ...told] };
}

type Waived = (file: string, ...kinds: readonly string[]) => Waiver | undefined;

const ownFindings = ({ files }: Read, waived: Waived): readonly Finding[] =>
  files.flatMap(({ file, statements }) =>
    statements.map((one) => ({
      text: `${file}: ${one.kind}: ${one.statement}`,
      by: waived(file, one.kind),
    })),
  );

/** What squawk alone has found; a statement that our own reading names already is not counted twice. */
function squawkFindings({ files, squawk }: Read, waived: Waived): readonly Finding[] {
  if (squawk.kind === 'unread') return [];
  return squawk.complaints.flatMap(({ file, line, rule, message }): readonly Finding[] => {
    const kind = kindOfRule(rule);
    const known = files.find((one) => one.file === file)?.statements.some((one) => one.kind === kind);
    if (kind === undefined || known === true) return [];
    return [{ text: `${file}:${line}: ${rule}: ${message}`, by: waived(file, rule) }];
  });
}

/** What does not count as a fault, and who has read the files. */
function adviceOf({ files, squawk }: Read): readonly string[] {
  if (files.length === 0) return [];
  if (squawk.kind === 'unread') return [`${squawk.why}: the SQL was read for destructive statements only`];
  const advice = squawk.complaints
    .filter(({ rule }) => kindOfRule(rule) === undefined)
    .map(({ file, line, rule, message }) => `squawk: ${file}:${line}: ${rule}: ${message}`);
  if (advice.length === 0) return ['squawk has nothing to say'];
  const more = advice.length - SHOWN;
  return more > 0 ? [...advice.slice(0, SHOWN), `squawk: and ${more} more`] : advice;
}

/** The up file of each pending migration: the same number or name in front, and not a way back. */
export function filesOf(pending: readonly string[], names: readonly string[]): readonly string[] {
  const files = names.filter((file) => file.endsWith('.sql') && !/\.down\.sql$/i.test(file));
  const same = (file: string, id: string): boolean => {
    const front = /^\d+/.exec(file)?.[0];
    return /^\d+$/.test(id) && front !== undefined ? BigInt(front) === BigInt(id) : file.startsWith(id);
  };
  const missing = pending.find((id) => !files.some((file) => same(file, id)));
  if (missing !== undefined) {
    throw new HoldpointError('not-found', `the pending migration ${missing} has no SQL file`, {
      next: "Correct 'folder' in the settings of database.migrations.",
    });
  }
  return files.filter((file) => pending.some((id) => same(file, id)));
}

async function askStatus(subject: Subject, probe: Probe, words: readonly string[]): Promise<MigrationStatus> {
  const [program = '', ...args] = words.map((one) => one.replaceAll('{version}', subject.version));
  const set = Object.entries(subject.variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const database = subject.databaseUrl === undefined ? {} : { DATABASE_URL: subject.databaseUrl };
  const result = await probe.exec(
    { program, args, cwd: subject.folder, environment: { ...Object.fromEntries(set), ...database } },
    { timeout: 20_000, signal: probe.signal },
  );
  if (result.exitCode !== 0) {
    throw new HoldpointError(
      'command-failed',
      `the status command ended with ${result.exitCode ?? result.signal}`,
      {
        details: `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-5),
        next: 'Run the status command by hand, and read what it says.',
      },
    );
  }
  try {
    return Status.parse(JSON.parse(result.stdout));
  } catch (cause) {
    throw new HoldpointError(
      'command-failed',
      'the status command wrote no JSON with current, pending and head',
      {
        cause,
        next: 'Let it write {"current":"3","pending":["4"],"head":"4"} to standard output, and nothing else.',
      },
    );
  }
}

export const migrations: Check = {
  id: ID,
  timeLimit: 30_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    if (settings.status === undefined && subject.migrations === undefined) {
      return inconclusive('no status command is named', "Name it under 'status' in the check's settings.");
    }
    const status =
      settings.status === undefined
        ? Status.parse(await subject.migrations?.(probe.signal))
        : await askStatus(subject, probe, settings.status);
    const folder = settings.folder === undefined ? undefined : pathOf(subject, settings.folder);
    const read = folder === undefined ? undefined : await readFiles(folder, status, subject, probe);
    return judgeMigrations({ waivers: settings.waivers, now: probe.clock.now() }, status, read);
  },
};

async function readFiles(
  folder: string,
  status: MigrationStatus,
  subject: Subject,
  probe: Probe,
): Promise<Read> {
  const names = filesOf(status.pending, await readdir(folder));
  const files = await Promise.all(
    names.map(async (file) => ({
      file,
      statements: destructiveStatements(await readFile(join(folder, file), 'utf8')),
    })),
  );
  const paths = names.map((name) => join(folder, name));
  return { files, squawk: await readWithSquawk(paths, subject.folder, probe.exec, probe.signal) };
}
