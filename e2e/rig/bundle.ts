import { mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../holdpoint/src/system/exec/run.ts';
import { eventually } from './eventually.ts';

/** Makes the command's bundle unless it is newer than its source; files that test side by side wait for each other. */
export async function bundleCommand(root: string, command: string): Promise<void> {
  if (await isFresh(root, command)) return;
  const lock = join(tmpdir(), `holdpoint-e2e-bundle-${process.getuid?.() ?? 0}`);
  await eventually('the lock of the bundle', 60_000, () => takeLock(lock));
  try {
    if (await isFresh(root, command)) return;
    const bundle = { program: process.execPath, args: [join(root, 'scripts', 'bundle.ts')], cwd: root };
    const { exitCode, stderr } = await run(bundle, { timeout: 60_000 });
    if (exitCode !== 0) throw new Error(`the command cannot be bundled:\n${stderr}`);
  } finally {
    await rmdir(lock);
  }
}

async function isFresh(root: string, command: string): Promise<boolean> {
  const made = await stat(command).catch(() => undefined);
  if (made === undefined) return false;
  const source = join(root, 'holdpoint', 'src');
  const files = await readdir(source, { recursive: true, withFileTypes: true });
  const written = await Promise.all(
    files
      .filter((file) => file.isFile() && file.name.endsWith('.ts') && !file.name.endsWith('.test.ts'))
      .map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).mtimeMs),
  );
  return Math.max(...written) <= made.mtimeMs;
}

/** Milliseconds after which a lock counts as left by one that was killed. */
const ABANDONED = 60_000;

async function takeLock(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    const age = await stat(lock).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > ABANDONED) await rmdir(lock).catch(() => undefined);
    return false;
  }
}
