import { formatDuration } from '../kernel/durations.ts';
import { PHASE_TITLES } from '../release/phase-names.ts';
import type { PhaseState } from '../release/state.ts';

/** `Deploy        pass     41 s  6 replicas replaced`: one phase in columns. */
export function phaseLine(phase: PhaseState, now: number): string {
  const time = formatDuration((phase.endedAt ?? now) - phase.startedAt);
  const columns = [
    PHASE_TITLES[phase.name].padEnd(11),
    (phase.verdict ?? 'running').padEnd(12),
    time.padStart(10),
    phase.summary ?? '',
  ];
  return `  ${columns.join('  ')}`.trimEnd();
}
