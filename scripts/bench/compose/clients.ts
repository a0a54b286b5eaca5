import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { marked } from '../../tour/clear.ts';
import type { LoadTotals } from '../../tour/load.ts';
import type { Answers } from './answers.ts';
import type { Yard } from './yard.ts';

/** Requests, and the streams that a load of this rate keeps open. */
export interface Seen {
  readonly totals: LoadTotals;
  /** Moments at which a request was answered well, from the first of them on. */
  readonly good: readonly number[];
  readonly from: number;
  readonly to: number;
}

export interface Clients {
  /** What was lost so far; an event that has not come counts after ten seconds. */
  lost(): number;
  /** Waits for what is under way. */
  stop(): Promise<Seen>;
}

/** Under way before anything is measured, and after. */
const AROUND = 3_000;
const BEGINS_WITHIN = 30_000;
const ENDS_WITHIN = 30_000;

/** Users at work through the edge: reads, writes, slow uploads, jobs, the page, and open event streams. */
export async function startClients(
  { place, system, versionOfLoad, signal }: Yard,
  rate: number,
): Promise<Clients> {
  const program = join(place.root, 'toolboxai', 'releases', versionOfLoad, 'load.mjs');
  const hook = join(import.meta.dirname, 'answers.ts');
  const file = join(place.folder, 'answers.json');
  const args = ['--url', system.url, '--rate', String(rate), '--slow-uploads', '--json-lines'];
  const child = spawn(place.node, ['--import', hook, program, ...args], {
    detached: true,
    env: {
      ...process.env,
      ...marked(place.project),
      DEMO_USER: system.user,
      DEMO_PASSWORD: system.password,
      ANSWERS: file,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let totals: LoadTotals | undefined;
  let complaint = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    totals = JSON.parse(line) as LoadTotals;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  const deadline = performance.now() + BEGINS_WITHIN;
  while ((totals?.ok ?? 0) === 0) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the load answers nothing: ${complaint.trim()}`);
    }
    await pause(100, undefined, { signal });
  }
  await pause(AROUND, undefined, { signal });
  return {
    lost: () => totals?.lost ?? Number.NaN,
    async stop() {
      await pause(AROUND, undefined, { signal });
      const killed = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(killed);
      const { good, stoppedAt } = JSON.parse(await readFile(file, 'utf8')) as Answers;
      const [from] = good;
      if (totals === undefined || from === undefined || stoppedAt === undefined) {
        throw new Error(`the load told nothing: ${complaint.trim()}`);
      }
      return { totals, good, from, to: stoppedAt };
    },
  };
}
