import preact from '@preact/preset-vite';
import { build } from 'vite';

/** Builds the dashboard's page into `outDir`. It is the same in every release, so once a build is enough. */
export async function buildPage(outDir: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'error',
    root: `${import.meta.dirname}/../dashboard/page`,
    plugins: [preact()],
    // The content security policy forbids data: addresses, so nothing may be inlined.
    build: { outDir, emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  });
}
