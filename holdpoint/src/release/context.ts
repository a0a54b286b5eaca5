import type { Authority, Revision } from '../targets/target.ts';
import type { Agenda, DueTimes } from './agenda.ts';
import type { Desk } from './desk.ts';
import type { Journal } from './journal.ts';
import { DUE, PHASES } from './phase-names.ts';
import type { Project } from './project.ts';
import type { Specification } from './specification/schema.ts';

/** What every phase of one run works with. */
export interface RunContext {
  readonly project: Project;
  readonly journal: Journal;
  readonly desk: Desk;
  readonly agenda: Agenda;
  /** The revision that is brought in. */
  readonly to: Revision;
  /** The revision that served before; undefined on a first deployment. */
  readonly from: Revision | undefined;
  /** The fence of the lease; its signal ends the work when the lease is lost or the user interrupts. */
  readonly authority: Authority;
}

/** The same run, ended earlier: also when `signal` aborts. */
export function until(context: RunContext, signal: AbortSignal): RunContext {
  const { fence } = context.authority;
  return { ...context, authority: { fence, signal: AbortSignal.any([context.authority.signal, signal]) } };
}

/** When each phase is due, from the start of the deployment, as the specification says; not scaled. */
export function dueTimes({ schedule }: Specification): DueTimes {
  return Object.fromEntries(PHASES.map((phase) => [phase, schedule[phase] ?? DUE[phase]])) as Record<
    (typeof PHASES)[number],
    number
  >;
}
