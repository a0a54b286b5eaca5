import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './scripts/slowest-first.ts';

// Releases of every bad version, and tours that are interrupted and killed: minutes that a developer is not asked for.
const long = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('long');
if (!long) console.log('skipped: e2e/long, for it takes minutes; HOLDPOINT_REQUIRE=long runs it');

/**
 * What chance decides in tests follows from the commit: a new commit tries other samples, and a run that failed can be
 * had again. Outside of a repository it is the same every time.
 */
function seedOfCommit(): string {
  try {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { stdio: ['ignore', 'pipe', 'ignore'] });
    return String(Number.parseInt(commit.toString().slice(0, 7), 16));
  } catch {
    return '1';
  }
}

const seed = process.env['HOLDPOINT_SEED'] ?? seedOfCommit();
console.log(`HOLDPOINT_SEED=${seed}`);

export default defineConfig({
  test: {
    env: { HOLDPOINT_SEED: seed },
    sequence: { sequencer: SlowestFirst },
    setupFiles: ['scripts/seed-of-properties.ts'],
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
          include: long ? ['e2e/**/*.test.ts'] : ['e2e/*.test.ts'],
          // Whole releases under load, judged by the watch: beside the other suites they would measure those.
          maxWorkers: long ? 1 : 2,
          // The gate may call one good release in a hundred bad: that is its promise, and no fault of the code.
          retry: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
