import { open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

async function largest(folder: string): Promise<{ readonly path: string; readonly size: number }> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    all
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return { path, size: (await stat(path)).size };
      }),
  );
  const [first] = files.toSorted((a, b) => b.size - a.size);
  if (first === undefined) throw new Error(`nothing lies in ${folder}`);
  return first;
}

/** Damage as disks do it: the time of the file does not change. */
export const damages = (folder: string) => ({
  async flipBit(): Promise<void> {
    const { path, size } = await largest(folder);
    await flip(path, Math.floor(size / 2));
  },
  async truncate(): Promise<void> {
    const { path, size } = await largest(folder);
    await truncate(path, size - 1000);
  },
  async lose(): Promise<void> {
    await rm((await largest(folder)).path);
  },
});

export async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  await file.close();
}
