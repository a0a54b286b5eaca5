import type { PhaseName } from './phase-names.ts';

/** The key under which a check's evidence is kept: on the way back it is asked again, and must not cover the first. */
export const evidenceKey = (phase: PhaseName, check: string): string =>
  phase === 'rollback' ? `rollback/${check}` : check;
