import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import type { Clock } from '../../kernel/clock.ts';
import { asHoldpointError, explain, HoldpointError } from '../../kernel/errors.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { abandoned, makeClaimed } from '../../system/claims.ts';
import { type SetManifest, setManifest } from '../set/manifest.ts';
import { keepProof, readProof } from '../set/proof.ts';
import { type Candidate, choose } from './choose.ts';
import { judgeDrill, type Objectives, sumOf } from './judge.ts';
import { removeWithProcesses } from './leftovers.ts';
import type { Drill, Drilled, DrillReport } from './port.ts';
import { type Trying, tryBackup } from './trial.ts';

const PREFIX = 'holdpoint-drill-';

export interface DrillOptions extends Omit<Trying, 'signal'> {
  /** Folder with room for one restored backup, which others may enter when we are root. */
  readonly scratch: string;
  readonly objectives: Objectives;
  readonly clock: Clock;
  /** From 0 up to 1; seeded, where a drill is to be repeated. */
  readonly random: () => number;
}

/** A backup of the vault; its manifest may be beyond reading. */
interface Known extends Candidate {
  readonly text?: string;
  readonly manifest?: SetManifest;
  readonly damage?: Evidence;
  readonly locatedInMs: number;
}

/** Drills that take one backup after the other, and leave nothing behind but their results. */
export function createDrill(options: DrillOptions): Drill {
  return async ({ ids }, signal) => {
    const { vault, clock, objectives } = options;
    let known: readonly Known[];
    try {
      known = await locate(options, ids, signal);
    } catch (thrown) {
      signal?.throwIfAborted();
      return unable(options, thrown);
    }
    const chosen = ids === undefined ? choose(known, options.random) : known;
    const backups: Drilled[] = [];
    for (const backup of chosen) {
      const drilled = await tryOne(options, backup, backup === chosen[0] && ids === undefined, signal);
      backups.push(drilled);
      const { verdict, summary } = drilled.evidence;
      if (backup.text === undefined || (verdict !== 'pass' && verdict !== 'fail')) continue;
      const { restoredInMs } = drilled;
      const shown = {
        at: clock.now(),
        verdict,
        summary,
        ...(restoredInMs === undefined ? {} : { restoredInMs }),
      };
      await keepProof(vault, drilled.id, backup.text, shown, signal);
    }
    const passed = backups.filter(({ evidence }) => evidence.verdict === 'pass');
    const rto = passed.length === 0 ? undefined : Math.max(...passed.map(({ times }) => sumOf(times)));
    const newest = await newestVerified(options, known, backups, signal);
    const rpo = newest === undefined ? undefined : Math.max(0, clock.now() - newest);
    return {
      at: clock.now(),
      backups,
      rpo: { measured: rpo, objective: objectives.rpo },
      rto: { measured: rto, objective: objectives.rto },
      evidence: judgeDrill(backups, { rpo, rto }, objectives),
    };
  };
}

async function locate(
  { vault }: DrillOptions,
  ids: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly Known[]> {
  const began = performance.now();
  const all = ids ?? (await vault.list(signal));
  const listedInMs = performance.now() - began;
  const known: Known[] = [];
  for (const id of all) {
    const start = performance.now();
    const locatedInMs = (): number => listedInMs + performance.now() - start;
    try {
      const text = await vault.manifest(id, signal);
      const manifest = setManifest.parse(JSON.parse(text));
      known.push({ id, at: manifest.at, text, manifest, locatedInMs: locatedInMs() });
    } catch (thrown) {
      signal?.throwIfAborted();
      const error = asHoldpointError(thrown);
      // Removed by retention since it was listed.
      if (error.code === 'not-found' && ids === undefined) continue;
      if (thrown instanceof HoldpointError && error.code !== 'tampered') throw thrown;
      const summary = `its manifest cannot be read: ${explain(error)}`;
      const damage: Evidence = { verdict: 'fail', summary, next: 'Restore another backup.' };
      // It could be the newest one, and must not be passed over.
      known.push({ id, at: Number.POSITIVE_INFINITY, damage, locatedInMs: locatedInMs() });
    }
  }
  return known;
}

async function tryOne(
  options: DrillOptions,
  known: Known,
  newest: boolean,
  signal: AbortSignal | undefined,
): Promise<Drilled> {
  const { id, manifest, locatedInMs, damage } = known;
  if (manifest === undefined) {
    const evidence = damage ?? { verdict: 'error', summary: 'no manifest' };
    return { id, at: 0, evidence, times: { locate: locatedInMs }, parts: [] };
  }
  const missing = options.sources.filter(({ name }) => !manifest.parts.some(({ source }) => source === name));
  if (newest && missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    const evidence: Evidence = {
      ...{ verdict: 'fail', summary: `the newest backup lacks ${names}, which is declared` },
      next: 'Take a backup.',
    };
    return { id, at: manifest.at, evidence, times: { locate: locatedInMs }, parts: [] };
  }
  return withRoom(options.scratch, (room) => tryBackup(manifest, room, locatedInMs, { ...options, signal }));
}

/** An empty folder, gone afterwards with all that runs in it; and those of drills that were killed. */
async function withRoom<Result>(scratch: string, use: (room: string) => Promise<Result>): Promise<Result> {
  await mkdir(scratch, { recursive: true, mode: 0o711 });
  await letThrough(scratch);
  // Without links: processes are told by where they work.
  const parent = await realpath(scratch);
  for (const left of await abandoned(parent, (name) => name.startsWith(PREFIX)))
    await removeWithProcesses(left);
  const room = await makeClaimed(parent, PREFIX);
  try {
    await chmod(room, 0o711);
    return await use(room);
  } finally {
    await removeWithProcesses(room);
  }
}

/** Root's servers run as other users, who have to pass our folder, and need not look into it. */
async function letThrough(folder: string): Promise<void> {
  const { mode, uid } = await stat(folder);
  if (process.getuid?.() !== 0 || uid !== 0 || (mode & 0o011) === 0o011) return;
  await chmod(folder, (mode & 0o7777) | 0o011);
}

/** By this drill, or by an earlier one that nothing has contradicted. */
async function newestVerified(
  { vault }: DrillOptions,
  known: readonly Known[],
  backups: readonly Drilled[],
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const now = new Map(backups.map(({ id, evidence }) => [id, evidence.verdict]));
  for (const { id, at, text } of known.toSorted((a, b) => b.at - a.at)) {
    const verdict = now.get(id);
    if (verdict === 'pass') return at;
    if (verdict !== undefined || text === undefined) continue;
    if ((await readProof(vault, id, text, signal))?.verdict === 'pass') return at;
  }
  return undefined;
}

/** Nothing is known of any backup: that is no fault of theirs. */
function unable({ clock, objectives }: DrillOptions, thrown: unknown): DrillReport {
  const error = asHoldpointError(thrown);
  const { next } = error;
  return {
    at: clock.now(),
    backups: [],
    rpo: { measured: undefined, objective: objectives.rpo },
    rto: { measured: undefined, objective: objectives.rto },
    evidence: {
      ...{
        verdict: 'error',
        summary: `the vault cannot be asked: ${explain(error)}`,
        details: error.details,
      },
      ...(next === undefined ? {} : { next }),
    },
  };
}
