import { randomBytes } from 'node:crypto';
import { chmod, chown, readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { asHoldpointError } from '../../../kernel/errors.ts';
import type { Evidence } from '../../../kernel/verdict.ts';
import { abandoned, makeClaimed } from '../../../system/claims.ts';
import type { Exec } from '../../../system/exec/command.ts';
import { serverAccount } from '../../../system/postgres/account.ts';
import { binariesFor } from '../../../system/postgres/binaries.ts';
import { initCluster } from '../../../system/postgres/cluster.ts';
import { withDatabase, withSession } from '../../../system/postgres/connection.ts';
import type { Binaries } from '../../../system/postgres/programs.ts';
import { startServer, stopServer } from '../../../system/postgres/server.ts';
import type { Captured, Proving } from '../source.ts';
import { client, type DumpOptions, GLOBALS, perform, quoted } from './dump-client.ts';
import { playCommand, restoreCommand } from './dump-commands.ts';
import { COUNTS, countFaults, countRowsSeen, type DumpCounts, readCounts } from './dump-counts.ts';

const PREFIX = 'holdpoint-dump-scratch-';
const START_WITHIN = 120_000;
const STOP_WITHIN = 10_000;
const OWNER = 'holdpoint_scratch';
/** What a scratch server lacks is no fault of the dump. */
const LACKING =
  /could not open extension control file|extension ".*" is not available|could not access file|invalid locale|locale provider|collation .* does not exist|no space left|could not connect/i;

interface Restored {
  readonly url: string;
  readonly counts: DumpCounts;
}

/** Restores every database into a new server, and counts its rows. */
export async function proveDump(
  options: DumpOptions,
  folder: string,
  captured: Captured,
  signal: AbortSignal | undefined,
  proving: Proving | undefined,
): Promise<Evidence> {
  const text = await readFile(join(folder, COUNTS), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const counts = text === '' ? undefined : readable(text);
  if (counts === undefined) {
    return {
      verdict: 'fail',
      summary: 'the dump does not say how many rows it holds',
      next: 'Take a new backup.',
    };
  }
  const major = Number.parseInt(String(captured.facts['version']), 10);
  return withNewServer(dirname(folder), major, options.exec, signal, async (url, startedInMs) => {
    proving?.took?.('start', startedInMs);
    const began = performance.now();
    try {
      await restoreAll(options.exec, major, folder, { url, counts }, signal);
    } catch (thrown) {
      signal?.throwIfAborted();
      const error = asHoldpointError(thrown);
      const said = error.details.join('\n');
      if (error.code !== 'command-failed' || LACKING.test(said)) throw thrown;
      const next = 'Take a new backup.';
      return {
        verdict: 'fail',
        summary: `the dump cannot be restored: ${error.message}`,
        details: error.details,
        next,
      };
    }
    const restored = performance.now();
    proving?.took?.('ready', restored - began);
    const evidence = await compareCounts({ url, counts }, signal);
    proving?.took?.('verify', performance.now() - restored);
    if (evidence.verdict !== 'pass' || proving?.visit === undefined) return evidence;
    const own = decodeURIComponent(new URL(await options.url(signal)).pathname.slice(1));
    const visited = await proving.visit({ DATABASE_URL: withDatabase(url, own) });
    return visited === undefined || visited.verdict === 'pass' ? evidence : visited;
  });
}

function readable(text: string): DumpCounts | undefined {
  try {
    return readCounts(text);
  } catch {
    return undefined;
  }
}

async function restoreAll(
  exec: Exec,
  major: number,
  folder: string,
  { url, counts }: Restored,
  signal: AbortSignal | undefined,
): Promise<void> {
  const play = await client('psql', major, exec);
  const restore = await client('pg_restore', major, exec);
  // The roles must be there before what they own.
  await perform(exec, playCommand(play, url, join(folder, GLOBALS), 'template1'), 'psql', signal);
  for (const { name, folder: from } of counts.databases) {
    const jobs = availableParallelism();
    // A new server has this one already.
    const present = name === 'postgres';
    const command = restoreCommand(restore, url, {
      ...{ from: join(folder, from), jobs, create: !present },
      database: quoted(present ? name : 'template1'),
    });
    await perform(exec, command, `pg_restore of ${name}`, signal);
  }
}

async function compareCounts({ url, counts }: Restored, signal: AbortSignal | undefined): Promise<Evidence> {
  const faults: string[] = [];
  let [tables, rows] = [0, 0];
  for (const { name, tables: expected } of counts.databases) {
    const options = { statementTimeout: 0, signal };
    const found = await withSession(withDatabase(url, name), options, async (session) => {
      await session.query('begin isolation level repeatable read read only');
      return countRowsSeen(session);
    });
    tables += found.length;
    rows += found.reduce((sum, { rows: count }) => sum + count, 0);
    faults.push(...countFaults(name, expected, found));
  }
  const measured = `${counts.databases.length} databases, ${tables} tables with ${rows} rows`;
  if (faults.length > 0) {
    const next = 'Take a new backup.';
    return {
      verdict: 'fail',
      summary: 'the restored dump lacks rows',
      details: faults.slice(0, 20),
      measured,
      next,
    };
  }
  if (tables === 0) return { verdict: 'inconclusive', summary: 'the dump has no tables to read', measured };
  return { verdict: 'pass', summary: `the dump was restored: ${measured}`, measured };
}

/** A server without data, whose superuser no dump has; gone afterwards. */
async function withNewServer<Result>(
  parent: string,
  major: number,
  exec: Exec,
  signal: AbortSignal | undefined,
  use: (url: string, startedInMs: number) => Promise<Result>,
): Promise<Result> {
  const binaries = await binariesFor(major);
  for (const left of await abandoned(parent, (name) => name.startsWith(PREFIX)))
    await remove(binaries, left, exec);
  const room = await makeClaimed(parent, PREFIX);
  const data = join(room, 'data');
  try {
    const began = performance.now();
    const account = await serverAccount(data);
    await chmod(room, 0o711);
    if (account !== undefined) await chown(room, account.uid, account.gid);
    const password = randomBytes(24).toString('hex');
    await initCluster(binaries, { data, user: OWNER, password, durable: false }, exec);
    const settings = {
      fsync: 'off',
      full_page_writes: 'off',
      autovacuum: 'off',
      cluster_name: 'holdpoint scratch',
    };
    const { port } = await startServer(binaries, { data, within: START_WITHIN, settings }, exec);
    signal?.throwIfAborted();
    const url = `postgres://${OWNER}:${password}@127.0.0.1:${port}/postgres`;
    return await use(url, performance.now() - began);
  } finally {
    await remove(binaries, room, exec);
  }
}

async function remove(binaries: Binaries, room: string, exec: Exec): Promise<void> {
  await stopServer(binaries, join(room, 'data'), STOP_WITHIN, exec);
  await rm(room, { recursive: true, force: true });
}
