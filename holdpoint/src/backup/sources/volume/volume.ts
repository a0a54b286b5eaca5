import type { Clock } from '../../../kernel/clock.ts';
import { HoldpointError } from '../../../kernel/errors.ts';
import { formatBytes } from '../../../kernel/quantities.ts';
import type { Evidence } from '../../../kernel/verdict.ts';
import type { Docker } from '../../../system/docker/docker.ts';
import type { Exec } from '../../../system/exec/command.ts';
import { whileQuiet } from '../../quiet/while-quiet.ts';
import { changedSince, listTree } from '../../set/tree.ts';
import type { Captured, Consistency, Lent, Source } from '../source.ts';
import { assertNoServer, databasesWithin } from './database-within.ts';
import { assertMounted, placeOfVolume, type VolumePlace } from './place.ts';
import { besideVolume, putVolumeBack } from './put-back.ts';
import { settledCopy } from './settled-copy.ts';
import { usersOf, writers } from './users.ts';

export interface FoundVolume {
  readonly volume: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface VolumeOptions {
  /** As people name it: `uploads`. */
  readonly label: string;
  /** As the engine names it, `shop_uploads`, and the labels that one gets which has to be made. */
  readonly find: (signal?: AbortSignal) => Promise<FoundVolume>;
  readonly quiet: 'stop' | 'pause' | 'live';
  /** Folder for restart debts, which outlives this process. */
  readonly debts: string;
  readonly docker: Docker;
  readonly exec: Exec;
  readonly clock: Clock;
}

/** A Docker volume, read where the engine keeps it on this machine; for that one has to be root. */
export function volumeSource(options: VolumeOptions): Source {
  const { label, find } = options;
  return {
    name: `volume:${label}`,
    kind: 'volume',
    async capture(scratch, use, signal) {
      const { volume } = await find(signal);
      const place = await placeOfVolume(options.docker, volume, signal);
      return captureVolume(options, place, scratch, use, signal);
    },
    async prove(folder, captured, signal, proving) {
      const began = performance.now();
      const evidence = await compareFacts(label, folder, captured, signal);
      proving?.took?.('verify', performance.now() - began);
      if (evidence.verdict !== 'pass' || proving?.visit === undefined) return evidence;
      const variable = `HOLDPOINT_VOLUME_${label.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
      const visited = await proving.visit({ [variable]: folder });
      return visited === undefined || visited.verdict === 'pass' ? evidence : visited;
    },
    beside: async (bytes, signal) => besideVolume(options.docker, (await find(signal)).volume, bytes, signal),
    putBack: async (folder, signal) => putVolumeBack({ ...options, ...(await find(signal)) }, folder, signal),
  };
}

async function captureVolume<Result>(
  options: VolumeOptions,
  place: VolumePlace,
  scratch: string,
  use: (lent: Lent) => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const { docker, quiet, clock, debts, exec } = options;
  const busy = writers(await usersOf(docker, place, signal));
  const databases = await databasesWithin(place.folder);
  const names = busy.map(({ name }) => name);
  // Known before anything stops; a stop may end a server, which is looked at again below.
  await assertNoServer(place, quiet === 'stop' && names.length > 0 ? [] : databases, names);
  const lend = (how: Consistency & { kind: 'quiet' }): Promise<Result> => {
    return lendStill(options, place, how, use, signal);
  };
  if (busy.length === 0) return lend({ kind: 'quiet', how: 'nobody used it' });
  if (quiet === 'live') {
    await assertMounted(place);
    const at = clock.now();
    const folder = `${scratch}/${place.name}`;
    await settledCopy(place.folder, folder, { exec, clock, signal });
    const looked = await listTree(folder, { digests: false, signal });
    return use({ folder, at, consistency: { kind: 'files' }, facts: factsOf(looked), looked });
  }
  const why = `backup of the volume ${place.name}`;
  return whileQuiet({ docker, debts, now: clock.now, why, how: quiet, signal }, busy, () =>
    lend({ kind: 'quiet', how: quiet === 'stop' ? 'stopped' : 'paused' }),
  );
}

/** Lends the volume itself, and does not believe that nobody wrote before that was seen. */
async function lendStill<Result>(
  { docker, clock }: VolumeOptions,
  place: VolumePlace,
  consistency: Consistency & { kind: 'quiet' },
  use: (lent: Lent) => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const assertStill = async (): Promise<void> => {
    const busy = writers(await usersOf(docker, place, signal)).map(({ name }) => name);
    const frozen = consistency.how === 'paused' ? ['a paused container'] : [];
    await assertNoServer(place, await databasesWithin(place.folder), [...busy, ...frozen]);
    if (busy.length === 0) return;
    throw new HoldpointError('conflict', `${busy.join(', ')} used the volume '${place.name}' meanwhile`, {
      next: 'Take the backup again while nothing is deployed.',
    });
  };
  // Where nobody used it that was just asked, and whoever came since is seen afterwards.
  if (consistency.how !== 'nobody used it') await assertStill();
  await assertMounted(place);
  const at = clock.now();
  const before = await listTree(place.folder, { digests: false, signal });
  const result = await use({
    ...{ folder: place.folder, at, consistency, facts: factsOf(before) },
    ...{ looked: before, inPlace: true },
  });
  await assertStill();
  const changed = await changedSince(place.folder, before, signal);
  if (changed.length === 0) return result;
  throw new HoldpointError('conflict', `files of the volume '${place.name}' changed while they were read`, {
    details: changed.slice(0, 20),
    next: 'Find out which process of this machine writes to it, and stop that one meanwhile.',
  });
}

const factsOf = ({ files, bytes, entries }: Awaited<ReturnType<typeof listTree>>): Captured['facts'] => {
  return { files, bytes, entries: entries.length };
};

async function compareFacts(
  label: string,
  folder: string,
  { facts }: Captured,
  signal: AbortSignal | undefined,
): Promise<Evidence> {
  const found = factsOf(await listTree(folder, { digests: false, signal }));
  const wrong = Object.keys(found).filter((name) => found[name] !== facts[name]);
  const size = `${found['files']} files, ${formatBytes(Number(found['bytes']))}`;
  if (wrong.length === 0)
    return { verdict: 'pass', summary: `${label}: ${size}, as captured`, measured: size };
  return {
    verdict: 'fail',
    summary: `the restored volume '${label}' is not what was captured`,
    details: wrong.map((name) => `${name}: ${found[name]} instead of ${facts[name]}`),
    next: 'Take a new backup.',
  };
}
