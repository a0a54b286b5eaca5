import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Pair } from './budget.ts';
import { must, type Rig } from './rig.ts';
import { Tree } from './tree.ts';
import type { Watched } from './watched.ts';

const KINDS = ['archive', 'restic'] as const;
const STEPS = ['full', 'changed', 'restore'] as const;
type Kind = (typeof KINDS)[number];
type Step = (typeof STEPS)[number];

export type VolumePairs = Readonly<Record<Kind, Readonly<Record<Step, Pair>>>>;

export interface VolumeMeasure {
  readonly bytes: number;
  readonly smallFiles: number;
  readonly rounds: number;
}

/** A Docker volume backed up, backed up again with 2 % of it changed, and restored: by both engines, and without us. */
export async function measureVolume(
  rig: Rig,
  { bytes, smallFiles, rounds }: VolumeMeasure,
): Promise<VolumePairs> {
  const volume = `holdpoint-bench-${process.pid}`;
  await must(rig, 'docker', 'volume', 'create', volume);
  try {
    const folder = (await must(rig, 'docker', 'volume', 'inspect', '-f', '{{.Mountpoint}}', volume)).trim();
    const tree = new Tree(folder, { bytes, smallFiles });
    rig.progress(`writes ${Math.round(bytes / 1e6)} MB and ${smallFiles} small files`);
    tree.lay();
    const pairs = { archive: emptyPairs(), restic: emptyPairs() };
    for (let round = 0; round < rounds; round += 1) {
      for (const kind of KINDS) {
        rig.progress(`round ${round + 1} of ${rounds}: ${kind}`);
        await oneRound(rig, { kind, round, volume, tree, folder }, pairs[kind]);
      }
    }
    return pairs;
  } finally {
    for (const name of (await must(rig, 'docker', 'volume', 'ls', '-q')).split('\n'))
      if (name === volume || name.startsWith(`${volume}-before-`))
        await must(rig, 'docker', 'volume', 'rm', name);
  }
}

interface Round {
  readonly kind: Kind;
  readonly round: number;
  readonly volume: string;
  readonly tree: Tree;
  readonly folder: string;
}

type Mutable = Record<Step, { ours: Watched[]; plain: Watched[]; synced: number[] }>;

const emptyPairs = (): Mutable => ({ full: none(), changed: none(), restore: none() });
const none = () => ({ ours: [], plain: [], synced: [] });

async function oneRound(rig: Rig, round: Round, pairs: Mutable): Promise<void> {
  const { kind, tree, volume, folder } = round;
  const place = join(rig.folder, 'round');
  await mkdir(place);
  const project = await rig.project(place, specification(kind, volume));
  const plain = PLAIN[kind](rig, place, folder);
  await plain.prepare(join(project, 'vault'));
  let turn = round.round;
  const both = async (step: Step, ours: readonly string[]): Promise<void> => {
    // Each is first as often as the other.
    turn += 1;
    const turns = [
      async () => void pairs[step].ours.push(await rig.holdpoint(project, ours)),
      async () => {
        const { watched, synced } = await plain[step]();
        pairs[step].plain.push(watched);
        pairs[step].synced.push(synced);
      },
    ];
    for (const one of turn % 2 === 1 ? turns : turns.toReversed()) {
      await must(rig, 'sync');
      await one();
    }
  };
  try {
    await both('full', ['backup', 'create']);
    tree.change();
    await both('changed', ['backup', 'create']);
    await both('restore', ['backup', 'restore', '--yes']);
  } finally {
    for (const name of (await must(rig, 'docker', 'volume', 'ls', '-q')).split('\n'))
      if (name.startsWith(`${volume}-before-`)) await must(rig, 'docker', 'volume', 'rm', name);
    await rm(place, { recursive: true });
  }
}

const specification = (kind: Kind, volume: string): string => `backups:
  vault: ${
    kind === 'archive'
      ? '{ kind: archive, folder: vault }'
      : '{ kind: restic, repository: vault, passwordFile: password }'
  }
  volumes: [${volume}]
  scratch: scratch
`;

interface Plain {
  /** Given the vault, so that no repository has to be made while it is measured. */
  prepare(vault: string): Promise<void>;
  readonly full: () => Promise<Timed>;
  readonly changed: () => Promise<Timed>;
  readonly restore: () => Promise<Timed>;
}

interface Timed {
  readonly watched: Watched;
  readonly synced: number;
}

const PLAIN: Readonly<Record<Kind, (rig: Rig, place: string, folder: string) => Plain>> = {
  archive: (rig, place, folder) => {
    const file = (name: string): string => join(place, `${name}.tar.zst`);
    const write = (name: string) => () =>
      timed(rig, file(name), `tar -C ${folder} -cf - . | zstd -q -3 -T2 > ${file(name)}`);
    return {
      prepare: async () => undefined,
      full: write('full'),
      changed: write('changed'),
      restore: async () => {
        const into = beside(folder);
        await mkdir(into);
        return timed(rig, into, `zstd -q -dc ${file('changed')} | tar -C ${into} -xf -`, into);
      },
    };
  },
  restic: (rig, place, folder) => {
    const repository = join(place, 'alone');
    const password = join(place, 'alone.password');
    const restic = `restic -r ${repository} -p ${password}`;
    const write = () => timed(rig, repository, `cd ${folder} && ${restic} backup --json . > /dev/null`);
    return {
      async prepare(vault) {
        await writeFile(password, 'bench');
        await writeFile(join(dirname(vault), 'password'), 'bench');
        for (const one of [repository, vault]) await must(rig, 'restic', '-r', one, '-p', password, 'init');
      },
      full: write,
      changed: write,
      restore: async () => {
        const into = beside(folder);
        await mkdir(into);
        return timed(rig, into, `${restic} restore latest --target ${into}`, into);
      },
    };
  },
};

/** In the file system of the volume, where ours has to be written too. */
const beside = (folder: string): string => join(dirname(folder), 'restored-by-the-plain-tool');

async function timed(rig: Rig, written: string, script: string, remove?: string): Promise<Timed> {
  const watched = await rig.shell(script);
  const began = performance.now();
  await must(rig, 'sync', '-f', written);
  const synced = performance.now() - began;
  if (remove !== undefined) {
    if ((await readdir(remove)).length === 0) throw new Error(`${remove} stayed empty`);
    await rm(remove, { recursive: true });
  }
  return { watched, synced };
}
