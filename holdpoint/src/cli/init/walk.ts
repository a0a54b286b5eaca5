import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const LEFT_OUT = new Set([
  'node_modules',
  'dist',
  'build',
  'target',
  'vendor',
  'venv',
  'coverage',
  '__pycache__',
]);
const DEEPEST = 4;
/** Enough to know a repository by; a folder that holds a whole disk must not keep anybody waiting. */
const MOST = 5_000;

/** Paths of files below `folder`, relative, sorted, without what is hidden or was installed or built. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  const open: { path: string; depth: number }[] = [{ path: '', depth: 1 }];
  for (let next = open.shift(); next !== undefined && files.length < MOST; next = open.shift()) {
    const { path, depth } = next;
    const entries = await readdir(join(folder, path), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.name.startsWith('.') || LEFT_OUT.has(entry.name)) continue;
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isFile()) files.push(below);
      else if (entry.isDirectory() && depth < DEEPEST) open.push({ path: below, depth: depth + 1 });
    }
  }
  return files.sort();
}
