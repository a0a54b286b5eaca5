import { chmod, chown, lstat } from 'node:fs/promises';
import { run } from '../../../system/exec/run.ts';

/** Mode, owner and time of a folder itself, as a tag has them: `770:1001:1001:1690000000123`. */
export async function describeRoot(folder: string): Promise<string> {
  const { mode, uid, gid, mtimeNs } = await lstat(folder, { bigint: true });
  return [(Number(mode) & 0o7777).toString(8), uid, gid, mtimeNs].join(':');
}

export async function applyRoot(folder: string, root: string | undefined): Promise<void> {
  const [mode, uid, gid, time] = root?.split(':') ?? [];
  if (mode === undefined || uid === undefined || gid === undefined || time === undefined) return;
  if (process.getuid?.() === 0) await chown(folder, Number(uid), Number(gid));
  await chmod(folder, Number.parseInt(mode, 8));
  // A number of seconds cannot carry nanoseconds, so that Node's own call would round.
  const at = BigInt(time);
  const seconds = `@${at / 1_000_000_000n}.${String(at % 1_000_000_000n).padStart(9, '0')}`;
  await run({ program: 'touch', args: ['--no-create', '-d', seconds, folder] }, { timeout: 10_000 });
}
