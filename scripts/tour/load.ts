import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Place } from './place.ts';
import { GOOD } from './repository.ts';
import type { Surroundings } from './surroundings.ts';

/** What the clients saw, in total since the load began. */
export interface LoadTotals {
  readonly sent: number;
  readonly ok: number;
  readonly errors: number;
  readonly lost: number;
  readonly versions: Readonly<Record<string, number>>;
  readonly latency: { readonly p95: number };
}

export interface Load {
  readonly totals: () => LoadTotals | undefined;
  /** Resolves once requests are being answered. */
  readonly begun: Promise<void>;
  stop(): Promise<LoadTotals | undefined>;
}

/** Users at work: reads, writes, uploads, jobs and open event streams at a steady rate through the edge. */
export function startLoad({ project, node }: Place, { variables, url }: Surroundings, rate: number): Load {
  const child: ChildProcess = spawn(
    node,
    [join(project, 'releases', GOOD, 'load.mjs'), '--url', url, '--rate', String(rate), '--json-lines'],
    {
      // A group of its own: Ctrl-C must not stop the clients before the release has ended.
      detached: true,
      env: { ...process.env, ...variables, HOLDPOINT_TOUR: `${project}#load` },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const ended = once(child, 'exit');
  let totals: LoadTotals | undefined;
  const begun = Promise.withResolvers<void>();
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      totals = JSON.parse(line) as LoadTotals;
      if (totals.ok > 0) begun.resolve();
    });
  }
  ended.then(
    () => begun.reject(new Error('the load ended before anything was answered')),
    (error: unknown) => begun.reject(error),
  );
  begun.promise.catch(() => undefined);
  return {
    totals: () => totals,
    begun: begun.promise,
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM');
      await ended;
      return totals;
    },
  };
}
