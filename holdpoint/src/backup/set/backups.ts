import type { Clock } from '../../kernel/clock.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import type { RunId } from '../../kernel/ids.ts';
import type { Drill, DrillReport } from '../drill/port.ts';
import type { RetentionPolicy } from '../retention.ts';
import type { Source } from '../sources/source.ts';
import type { Vault } from '../vault/vault.ts';
import { createSet } from './create.ts';
import type { DigestMemory } from './digest-memory.ts';
import { type Belonging, listSets, type SetList } from './list.ts';
import type { SetManifest, SetPart } from './manifest.ts';
import { type Pruned, pruneSets } from './prune.ts';
import { partsToRestore, type RestoredPart, restoreSet } from './restore.ts';
import { type Selected, selectSet } from './select.ts';
import { keepHeapSmall } from './small-heap.ts';
import { noted, workId } from './under-way.ts';
import { type VerifiedPart, verifySet } from './verify.ts';

/**
 * Runs work that no other backup or restore of the system may run beside; `changes` keeps releases out as well. The
 * signal aborts when that cannot be promised any more. Throws `lease-held`.
 */
export type Exclusively = <Result>(
  what: { readonly doing: string; readonly changes: boolean },
  work: (signal: AbortSignal) => Promise<Result>,
  signal?: AbortSignal,
) => Promise<Result>;

export interface BackupsParts extends Belonging {
  readonly vault: Vault;
  /** Everything that holds data, for one piece of work; what a restore keeps is named after that. */
  readonly sources: (work: RunId) => readonly Source[];
  readonly scratch: string;
  readonly clock: Clock;
  readonly memory?: DigestMemory;
  readonly policy: RetentionPolicy;
  /** Runs whose releases may still have to go back. */
  readonly liveRuns: () => Promise<readonly string[]>;
  readonly exclusively: Exclusively;
  readonly drill: Drill;
  /** Absolute path of the note of a restore that is under way, which outlives its process. */
  readonly note: string;
}

type OnStep = (line: string) => void;

/** What a restore would do, looked up and not begun. */
export interface RestorePlan extends Selected {
  readonly parts: readonly SetPart[];
}

/** Backups of everything that a system holds, as the specification says. */
export interface Backups {
  /** Where they are, for people. */
  readonly place: string;
  create(
    options: { readonly run?: string | undefined; readonly onStep?: OnStep | undefined },
    signal?: AbortSignal,
  ): Promise<SetManifest>;
  list(signal?: AbortSignal): Promise<SetList>;
  /** Each part read back; the newest backup when none is named. */
  verify(
    wanted: string | undefined,
    signal?: AbortSignal,
  ): Promise<Selected & { readonly verified: readonly VerifiedPart[] }>;
  plan(wanted: string | undefined, named: readonly string[], signal?: AbortSignal): Promise<RestorePlan>;
  restore(
    plan: RestorePlan,
    options: { readonly onStep?: OnStep | undefined },
    signal?: AbortSignal,
  ): Promise<readonly RestoredPart[]>;
  drill(ids: readonly string[] | undefined, signal?: AbortSignal): Promise<DrillReport>;
  prune(options: { readonly dry: boolean }, signal?: AbortSignal): Promise<Pruned>;
  /** Makes good what a command that was killed has left stopped or moved aside, as each of the above does first. */
  settle(signal?: AbortSignal): Promise<void>;
}

export function openSets(parts: BackupsParts): Backups {
  const { vault, system, environment, scratch, clock, memory, exclusively } = parts;
  const list = (signal?: AbortSignal): Promise<SetList> => listSets(vault, { system, environment }, signal);
  const select = async (wanted: string | undefined, signal?: AbortSignal): Promise<Selected> => {
    const { sets, damaged } = await list(signal);
    const broken = damaged.find(({ id }) => id === wanted);
    if (broken !== undefined) throw new HoldpointError('tampered', broken.problem);
    return selectSet(sets, wanted);
  };
  return {
    place: vault.place,
    create({ run, onStep }, signal) {
      keepHeapSmall();
      const work = async (held: AbortSignal): Promise<SetManifest> => {
        const sources = parts.sources(workId('backup', clock.now()));
        const expected = sources.map(({ name }) => name);
        const request = {
          ...{ vault, sources, expected, system, environment, scratch },
          ...{ clock, memory, run, onStep },
        };
        return createSet(request, held);
      };
      return exclusively({ doing: 'taking a backup', changes: false }, work, signal);
    },
    list,
    async verify(wanted, signal) {
      keepHeapSmall();
      const selected = await select(wanted, signal);
      return { ...selected, verified: await verifySet(vault, selected.set.manifest, scratch, signal) };
    },
    async plan(wanted, named, signal) {
      const selected = await select(wanted, signal);
      return { ...selected, parts: partsToRestore(selected.set.manifest, named) };
    },
    restore({ set: { manifest }, parts: wanted }, { onStep }, signal) {
      keepHeapSmall();
      const work = (held: AbortSignal): Promise<readonly RestoredPart[]> =>
        noted(parts.note, manifest.id, clock.now(), async (id) => {
          const sources = parts.sources(id);
          return restoreSet({ vault, manifest, sources, parts: wanted, scratch, onStep }, held);
        });
      return exclusively({ doing: `restoring ${manifest.id}`, changes: true }, work, signal);
    },
    drill: (ids, signal) => parts.drill(ids === undefined ? {} : { ids }, signal),
    prune({ dry }, signal) {
      const work = async (held: AbortSignal): Promise<Pruned> => {
        const { sets } = await list(held);
        const { policy } = parts;
        return pruneSets({ vault, sets, policy, dry, liveRuns: await parts.liveRuns() }, held);
      };
      return exclusively({ doing: 'removing old backups', changes: false }, work, signal);
    },
    settle: (signal) =>
      exclusively({ doing: 'making good what was left', changes: false }, async () => undefined, signal),
  };
}
