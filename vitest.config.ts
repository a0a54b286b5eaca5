import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{holdpoint,toolboxai,e2e,scripts}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/releases/**'],
    pool: 'forks',
    // The long suites wait for servers and processes more than they compute: one more worker than processors.
    maxWorkers: Math.min(8, availableParallelism() + 1),
    // Generous, since a limit is there to end what hangs and says nothing about speed.
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
