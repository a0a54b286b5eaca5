import type { Checklist, ChecklistItem } from '../checklist/model.ts';
import { findProbe, type Stage } from '../checks/catalog.ts';
import { parseDuration } from '../kernel/durations.ts';
import type { PhaseName } from './phase-names.ts';

/** Which items each phase has to settle. */
export type Agenda = ReadonlyMap<PhaseName, readonly ChecklistItem[]>;

const STAGE_PHASE: Readonly<Record<Stage, PhaseName>> = {
  readiness: 'readiness',
  verification: 'verify',
  smoke: 'smoke',
  watch: 'watch',
};

/** Checks of readiness that can only be answered once this release's backup lies there and was restored. */
const AFTER_BACKUP = new Set([
  'database.backup',
  'backup.restore',
  'backup.objectives',
  'backup.schedule',
  'backup.retention',
]);

/** When a phase is due, from the start of the deployment in milliseconds. */
export type DueTimes = Readonly<Record<PhaseName, number>>;

export function agenda(checklist: Checklist, due: DueTimes): Agenda {
  const byPhase = new Map<PhaseName, ChecklistItem[]>();
  for (const item of checklist.items) {
    const phase = phaseOf(item, due);
    byPhase.set(phase, [...(byPhase.get(phase) ?? []), item]);
  }
  return byPhase;
}

/**
 * The phase of an item: where a check is bound, when that check is asked; for a person, the time that a heading above
 * states, such as `(T+24 hours)`. Items about the way back belong to it whatever they are bound to.
 */
function phaseOf(item: ChecklistItem, due: DueTimes): PhaseName {
  if (isAboutTheWayBack(item)) return 'rollback';
  if (item.binding?.kind === 'check') {
    if (AFTER_BACKUP.has(item.binding.check)) return 'backup';
    const stage = findProbe(item.binding.check)?.stage;
    if (stage !== undefined) return STAGE_PHASE[stage];
  }
  const headings = item.section.join(' / ');
  const stated = statedOffset(headings);
  if (stated !== undefined) return phaseAt(stated, due);
  return /documentation|knowledge|retrospective|after (?:a )?(?:successful )?deployment/i.test(headings)
    ? 'follow-up'
    : 'readiness';
}

/** Whether an item is asked only when the release was rolled back. */
export function isAboutTheWayBack({ section }: Pick<ChecklistItem, 'section'>): boolean {
  return /roll(?:ed|ing)?[ -]?back/i.test(section.join(' / '));
}

const UNITS: Readonly<Record<string, string>> = {
  min: 'min',
  hour: 'h',
  h: 'h',
  day: 'd',
  d: 'd',
  week: 'w',
  w: 'w',
};

function statedOffset(headings: string): number | undefined {
  const found = [...headings.matchAll(/\bT\s*([+\u2212-])\s*(\d{1,6})\d*\s*(min|hour|day|week|h|d|w)?/gi)].at(
    -1,
  );
  if (found === undefined) return undefined;
  const [, sign, amount, unit] = found;
  if (amount === '0') return 0;
  const milliseconds = parseDuration(`${amount}${UNITS[unit?.toLowerCase() ?? ''] ?? 'min'}`);
  return sign === '+' ? milliseconds : -milliseconds;
}

function phaseAt(offset: number, due: DueTimes): PhaseName {
  if (offset <= 0) return 'readiness';
  const after: readonly PhaseName[] = ['verify', 'smoke', 'watch', 'signoff'];
  return after.find((phase) => offset <= due[phase]) ?? 'follow-up';
}
