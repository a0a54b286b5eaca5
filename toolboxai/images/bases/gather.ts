import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../command.ts';
import type { Contents } from './contents.ts';

/** One file of a base: where it lies here, and its path in the image. */
export interface Member {
  readonly from: string;
  readonly to: string;
}

/** Libraries that programs and modules name, each with its path in the image. */
async function librariesOf(files: readonly string[], root: string): Promise<readonly Member[]> {
  const folders = ['/usr/lib', '/lib'].flatMap((folder) => {
    const found = existsSync(root + folder) ? readdirSync(root + folder) : [];
    return found.filter((name) => name.endsWith('-linux-gnu')).map((name) => `${root}${folder}/${name}`);
  });
  const env = root === '' ? {} : { LD_LIBRARY_PATH: folders.join(':') };
  // A statically linked program makes ldd end with 1, and its line says so; what is missing is found below.
  const listed = await command('sh', ['-c', 'ldd "$@" || true', 'ldd', ...files], { env });
  const missing = /^\s*(\S+) => not found/m.exec(listed)?.[1];
  if (missing !== undefined) throw new Error(`the library ${missing} is nowhere on this machine`);
  const paths = [...listed.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, path]) => path ?? '');
  return [...new Set(paths)].map((from) => ({
    from,
    to: from.startsWith(`${root}/`) ? from.slice(root.length) : from,
  }));
}

function filesBelow(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((name) => existsSync(name) && statSync(name).isFile());
}

/** Whether every program of the base is on this machine already. */
export function isInstalled({ programs, tools }: Contents): boolean {
  const busybox = tools === undefined || existsSync('/bin/busybox');
  return busybox && Object.values(programs).every((path) => existsSync(path));
}

/**
 * The files of a base in order of their paths. `root` is where packages were unpacked, or empty for what is installed.
 * Throws when something is missing.
 */
export async function gather(contents: Contents, root: string): Promise<readonly Member[]> {
  const here = (path: string): string => (existsSync(root + path) ? root + path : path);
  const programs = Object.entries(contents.programs).map(([to, from]) => ({ to, from: here(from) }));
  const modules = (contents.modules?.(root) ?? []).map((from) => ({ from, to: from.slice(root.length) }));
  const data = (contents.data ?? [])
    .filter((path) => existsSync(here(path)))
    .flatMap((path) =>
      filesBelow(here(path)).map((from) => ({ from, to: path + from.slice(here(path).length) })),
    );
  const tools = contents.tools === undefined ? [] : [{ from: here('/bin/busybox'), to: '/bin/busybox' }];
  const binaries = [...programs, ...modules].map(({ from }) => from);
  const libraries = await librariesOf(binaries, root);
  const members = new Map([...libraries, ...data, ...modules, ...programs, ...tools].map((m) => [m.to, m]));
  return [...members.values()]
    .map(({ from, to }) => ({ from: realpathSync(from), to }))
    .toSorted((a, b) => (a.to < b.to ? -1 : 1));
}
