import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { COMMON_MIGRATIONS, type Release } from './versions.ts';

const ROOT = join(import.meta.dirname, '..');
const ENTRIES = {
  backend: 'backend/main.ts',
  worker: 'worker/main.ts',
  dashboard: 'dashboard/main.ts',
  edge: 'edge/main.ts',
  migrate: 'migrations/migrate.ts',
  load: 'load/load.ts',
};
// Some dependencies are CommonJS and call require for node's own modules.
const REQUIRE =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

async function bundle(release: Release, out: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minifySyntax: true,
    legalComments: 'none',
    banner: { js: REQUIRE },
    external: ['pg-native', 'bufferutil', 'utf-8-validate'],
    define: {
      __VERSION__: JSON.stringify(release.version),
      __FAULT__: JSON.stringify(release.fault),
      __SCHEMA__: String(release.schema),
    },
    logLevel: 'error',
  });
}

async function copyMigrations(release: Release, out: string): Promise<void> {
  const source = join(ROOT, 'migrations');
  await mkdir(out, { recursive: true });
  const common = (await readdir(source)).filter(
    (name) =>
      name.endsWith('.sql') && Number(name.slice(0, 4)) <= Math.min(release.schema, COMMON_MIGRATIONS),
  );
  for (const name of common) await cp(join(source, name), join(out, name));
  if (release.extraMigrations) await cp(join(source, release.extraMigrations), out, { recursive: true });
}

async function manifestFiles(
  folder: string,
): Promise<readonly { path: string; bytes: number; sha256: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.toSorted().map(async (path) => {
      const content = await readFile(path);
      return {
        path: path.slice(folder.length + 1),
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      };
    }),
  );
}

/** Builds one release into `out`/<version>, replacing what was there only when all of it is built. */
export async function buildRelease(
  release: Release,
  page: string,
  out: string,
  commit: string | null,
): Promise<string> {
  const folder = join(out, release.version);
  const building = `${folder}.building-${process.pid}`;
  await rm(building, { recursive: true, force: true });
  await bundle(release, building);
  await copyMigrations(release, join(building, 'migrations'));
  await cp(page, join(building, 'public'), { recursive: true });
  const manifest = {
    name: 'toolboxai',
    version: release.version,
    commit,
    schema: release.schema,
    testBuild: release.fault !== 'none',
    files: await manifestFiles(building),
  };
  await writeFile(join(building, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await rm(folder, { recursive: true, force: true });
  await rename(building, folder);
  return folder;
}
