import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { attempt, pipe } from '../command.ts';
import type { BaseName } from '../images.ts';
import { BASES, type Contents } from './contents.ts';
import { gather, isInstalled, type Member } from './gather.ts';
import { unpackPackages } from './packages.ts';

const CACHE = '/var/cache/holdpoint/bases';

/** Where packages are kept from one run to the next, or a folder that is gone afterwards. */
function workFolder(name: string): { readonly folder: string; readonly temporary: boolean } {
  try {
    mkdirSync(join(CACHE, name), { recursive: true });
    accessSync(join(CACHE, name), constants.W_OK);
    return { folder: join(CACHE, name), temporary: false };
  } catch {
    return { folder: mkdtempSync(join(tmpdir(), `toolboxai-base-${name}-`)), temporary: true };
  }
}

/** Grows with every change to how the files are laid out. */
const LAYOUT = 2;

/** Tells contents apart without reading 100 MB: a file that was replaced has another time or size. */
function fingerprint(contents: Contents, members: readonly Member[]): string {
  const hash = createHash('sha256').update(JSON.stringify([LAYOUT, contents.path, contents.tools ?? []]));
  for (const { from, to } of members) {
    const { size, mtimeMs, mode } = statSync(from);
    hash.update(JSON.stringify([to, size, mtimeMs, mode]));
  }
  return hash.digest('hex').slice(0, 12);
}

async function importImage(reference: string, contents: Contents, members: readonly Member[]): Promise<void> {
  const stage = mkdtempSync(join(tmpdir(), 'toolboxai-stage-'));
  try {
    for (const { from, to } of members) {
      mkdirSync(dirname(join(stage, to)), { recursive: true });
      cpSync(from, join(stage, to));
    }
    for (const tool of contents.tools ?? []) symlinkSync('busybox', join(stage, 'bin', tool));
    // An engine that mounts memory there takes the mode of the folder beneath.
    mkdirSync(join(stage, 'tmp'));
    chmodSync(join(stage, 'tmp'), 0o1777);
    mkdirSync(join(stage, 'etc'), { recursive: true });
    // The same files make the same layer: no times, no owners, one order.
    const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
    await pipe(
      ['tar', ...same, '--mode=go+rX', '-C', stage, '-c', '.'],
      ['docker', 'import', '-c', `ENV PATH=${contents.path}`, '-', reference],
    );
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Makes the stand-in of a public base unless the engine has it; answers its name, such as `toolboxai-base/node:24-1a2b…`. */
export async function makeBase(name: BaseName): Promise<string> {
  const contents = BASES[name];
  const { folder, temporary } = isInstalled(contents) ? { folder: '', temporary: false } : workFolder(name);
  try {
    const root = folder === '' ? '' : await unpackPackages(contents.packages, folder);
    const members = await gather(contents, root);
    const reference = `toolboxai-base/${name}:${contents.tag}-${fingerprint(contents, members)}`;
    const known = await attempt('docker', ['image', 'inspect', '--format', '{{.Id}}', reference]);
    if (known.status !== 0) await importImage(reference, contents, members);
    return reference;
  } finally {
    if (temporary) rmSync(folder, { recursive: true, force: true });
  }
}
