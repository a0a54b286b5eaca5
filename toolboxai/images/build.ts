import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, pipe } from './command.ts';
import { type BaseName, type Image, referenceOf } from './images.ts';

const ROOT = join(import.meta.dirname, '..');
const MEGABYTE = 1_000_000;

export interface Built {
  readonly reference: string;
  /** Engine's id of the image: `sha256:…`. */
  readonly id: string;
  readonly megabytes: number;
  readonly budget: number | null;
  readonly seconds: number;
}

interface Manifest {
  readonly version: string;
  readonly commit: string | null;
}

/** What was written down when the release was built. */
export function readManifest(version: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, 'releases', version, 'manifest.json'), 'utf8'));
}

/**
 * Builds one image from its Dockerfile and the built release. `bases` replaces the public bases; without it they are
 * pulled. Throws with the engine's last lines.
 */
export async function buildImage(
  image: Image,
  version: string,
  bases: ReadonlyMap<BaseName, string> | null,
): Promise<Built> {
  const started = performance.now();
  const reference = referenceOf(image, version);
  const dockerfile = `images/${image.name}.Dockerfile`;
  const paths = [dockerfile, ...image.context.map((path) => path.replace('{version}', version))];
  const revision = image.tag === undefined ? (readManifest(version).commit ?? 'unknown') : null;
  const args = [
    ...(revision === null ? [] : [`VERSION=${version}`, `REVISION=${revision}`]),
    ...Object.entries(image.bases).flatMap(([name, base]) => {
      const stand = bases?.get(base);
      return stand === undefined ? [] : [`${name}=${stand}`];
    }),
  ].flatMap((arg) => ['--build-arg', arg]);
  // Only what the build needs goes to the engine, and always with the same times and owners.
  const same = [
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=go+rX,go-w',
  ];
  await pipe(
    ['tar', ...same, '-C', ROOT, '-c', ...paths],
    ['docker', 'build', '-q', '-t', reference, '-f', dockerfile, ...args, '-'],
    // The engine's own builder: not every command line brings the other one.
    { env: bases === null ? {} : { DOCKER_BUILDKIT: '0' } },
  );
  const facts = await command('docker', ['image', 'inspect', '--format', '{{.Id}} {{.Size}}', reference]);
  const [id = '', size = ''] = facts.trim().split(' ');
  const seconds = (performance.now() - started) / 1000;
  return { reference, id, megabytes: Number(size) / MEGABYTE, budget: image.budget, seconds };
}

export function isOverBudget({ megabytes, budget }: Built): boolean {
  return budget !== null && megabytes >= budget;
}
