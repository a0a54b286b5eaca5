import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    exclude: ['**/node_modules/**', '**/dist/**', '**/releases/**'],
    pool: 'forks',
    // Generous, since a limit is there to end what hangs and says nothing about speed.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: ['{holdpoint,toolboxai,scripts}/**/*.test.ts'],
          // The long suites wait for servers and processes more than they compute: one more worker than processors.
          maxWorkers: Math.min(8, availableParallelism() + 1),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'releases',
          include: ['e2e/**/*.test.ts'],
          // Whole releases under load, judged by the watch: beside other suites they would measure those.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
