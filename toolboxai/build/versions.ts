/** How a release differs from the others; all are built from the same code. */
export interface Release {
  readonly version: string;
  /** Number of the newest migration that the code needs. */
  readonly schema: number;
  /** Folder below migrations/ with those beyond the common ones. */
  readonly extraMigrations: 'next' | 'broken' | null;
  /** What a test build does wrong; 'none' leaves no fault code in the bundle. */
  readonly fault: 'none' | 'errors' | 'slow' | 'never-ready' | 'dies';
}

/** Migrations that lie in the folder itself; a release takes those up to its schema. */
export const COMMON_MIGRATIONS = 4;

const release = (version: string, difference: Partial<Release> = {}): Release => ({
  version,
  schema: COMMON_MIGRATIONS,
  extraMigrations: null,
  fault: 'none',
  ...difference,
});

/** Every release that can be built. */
export const RELEASES: readonly Release[] = [
  release('1.9.0', { schema: 3 }),
  release('2.0.0'),
  release('2.0.1', { fault: 'errors' }),
  release('2.0.2', { fault: 'slow' }),
  release('2.0.3', { fault: 'never-ready' }),
  release('2.0.4', { fault: 'dies' }),
  // 2.0.0 under another number: a release that nothing is wrong with and that needs no migration.
  release('2.0.5'),
  release('2.1.0', { schema: 5, extraMigrations: 'next' }),
  release('2.1.1', { schema: 5, extraMigrations: 'broken' }),
];
