import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { marked } from './clear.ts';
import type { Place } from './place.ts';
import type { Surroundings } from './surroundings.ts';

/** What the clients saw, in total since the load began. */
export interface LoadTotals {
  readonly sent: number;
  readonly ok: number;
  readonly errors: number;
  readonly lost: number;
  readonly versions: Readonly<Record<string, number>>;
  readonly latency: { readonly p95: number };
  readonly streams: { readonly open: number; readonly events: number };
  readonly lossDetails?: readonly string[];
}

export interface Load {
  readonly totals: () => LoadTotals | undefined;
  /** Resolves once requests are being answered. */
  readonly begun: Promise<void>;
  /** Waits for what is under way; with `at once`, kills it. */
  stop(how?: 'at once'): Promise<LoadTotals | undefined>;
}

export interface LoadOptions {
  /** Requests a second. */
  readonly rate: number;
  /** The built release whose load generator is used. */
  readonly version: string;
  /** Every fourth upload takes three seconds. */
  readonly slowUploads?: boolean;
}

/** Longer than a request may take until it counts as lost. */
const STOP_WITHIN = 20_000;

/** Users at work: reads, writes, uploads, jobs and open event streams at a steady rate through the edge. */
export function startLoad(
  { project, node }: Pick<Place, 'project' | 'node'>,
  { variables, url }: Surroundings,
  { rate, version, slowUploads = false }: LoadOptions,
): Load {
  const program = join(project, 'releases', version, 'load.mjs');
  const how = ['--url', url, '--rate', String(rate), ...(slowUploads ? ['--slow-uploads'] : [])];
  const child: ChildProcess = spawn(node, [program, ...how, '--json-lines'], {
    // A group of its own: Ctrl-C must not stop the clients before the release has ended.
    detached: true,
    env: { ...process.env, ...variables, ...marked(project) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let totals: LoadTotals | undefined;
  let complaint = '';
  const begun = Promise.withResolvers<void>();
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      totals = readTotals(line) ?? totals;
      if (totals !== undefined && totals.ok > 0) begun.resolve();
    });
  }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  ended.then(
    () => begun.reject(new Error(`the load ended before anything was answered: ${complaint.trim()}`)),
    (error: unknown) => begun.reject(error),
  );
  begun.promise.catch(() => undefined);
  return {
    totals: () => totals,
    begun: begun.promise,
    async stop(how) {
      const limit = setTimeout(() => child.kill('SIGKILL'), how === 'at once' ? 0 : STOP_WITHIN);
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended.catch(() => undefined);
      clearTimeout(limit);
      return totals;
    },
  };
}

/** Undefined for half a line, as one that is killed leaves it. */
function readTotals(line: string): LoadTotals | undefined {
  try {
    return JSON.parse(line) as LoadTotals;
  } catch {
    return undefined;
  }
}
