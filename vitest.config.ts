import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{holdpoint,toolboxai,e2e}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/releases/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
