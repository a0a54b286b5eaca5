import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandResult } from '../exec/command.ts';
import { run } from '../exec/run.ts';

/**
 * Whether suites with a real Docker Engine run here; where HOLDPOINT_REQUIRE (a comma list) names `docker`, they run
 * and fail without one. Their containers need /bin/busybox, linked statically.
 */
export async function engineRuns(): Promise<boolean> {
  const answered = await run(
    { program: 'docker', args: ['version', '--format', '{{.Server.Version}}'] },
    { timeout: 20_000 },
  ).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
  const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('docker');
  if (!answered && !required) console.log('skipped: no Docker Engine answers on this machine');
  return answered || required;
}

export async function docker(...args: readonly string[]): Promise<string> {
  const result: CommandResult = await run({ program: 'docker', args }, { timeout: 180_000 });
  if (result.exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.trim();
}

export interface Workshop {
  /** Of its own, so that suites beside each other never meet: a part of every name that it makes. */
  readonly name: string;
  /** An image of busybox and some bytes, by `docker import`; yields its id. */
  image(reference: string, parts?: ImageParts): Promise<string>;
  /** A container that sleeps; yields its id. */
  container(reference: string, ...options: readonly string[]): Promise<string>;
  /** Removes every container, then every image that was made here. */
  clear(): Promise<void>;
}

interface ImageParts {
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Bytes beside busybox, which takes about two million itself. */
  readonly bytes?: number;
}

/** Makes tiny images and containers of them, and removes what it has made. */
export function workshop(): Workshop {
  const name = `hp-test-${randomUUID().slice(0, 8)}`;
  const images: string[] = [];
  const containers: string[] = [];
  return {
    name,
    async image(reference, { user, labels = {}, bytes = 0 } = {}) {
      const folder = await mkdtemp(join(tmpdir(), 'holdpoint-image-'));
      try {
        // Different in every image, so that no two have one id.
        await writeFile(join(folder, 'content'), randomUUID() + 'x'.repeat(bytes));
        const tar = join(folder, 'image.tar');
        const packed = await run(
          { program: 'tar', args: ['-cf', tar, '-C', folder, 'content', '-C', '/', 'bin/busybox'] },
          { timeout: 20_000 },
        );
        if (packed.exitCode !== 0) throw new Error(packed.stderr);
        const changes = [
          ...(user === undefined ? [] : [`USER ${user}`]),
          ...Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`),
        ].flatMap((change) => ['--change', change]);
        const id = await docker('image', 'import', ...changes, tar, reference);
        images.push(id);
        return id;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    async container(reference, ...options) {
      const words = ['--detach', '--name', `${name}-${containers.length}`, '--stop-timeout', '0', ...options];
      const id = await docker('run', ...words, reference, '/bin/busybox', 'sleep', '600');
      containers.push(id);
      return id;
    },
    async clear() {
      if (containers.length > 0) await docker('container', 'rm', '--force', '--volumes', ...containers);
      // By their ids: a name that was moved has left its first image without one.
      if (images.length > 0) await docker('image', 'rm', '--force', ...images);
    },
  };
}
