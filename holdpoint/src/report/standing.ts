import type { PhaseName } from '../release/phase-names.ts';
import { PHASE_TITLES } from '../release/phase-names.ts';
import type { RunOutcome, RunState } from '../release/state.ts';

/** `interrupted`: the run is open, waits for nobody, and no process works on it. */
export type RunCondition = RunOutcome | 'running' | 'waiting' | 'interrupted';

export interface Standing {
  readonly condition: RunCondition;
  /** One line: what it does now, or how it ended. */
  readonly doing: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly phase?: PhaseName;
  readonly waitingFor: readonly string[];
  /** What somebody can do about it. */
  readonly next?: string;
}

/** How a run stands, from its log alone; `worked` says whether somebody holds the lease of its environment. */
export function standingOf(state: RunState, worked: boolean): Standing {
  const { closed, waiting } = state;
  if (closed !== undefined) {
    return { condition: closed.outcome, doing: closed.summary, since: closed.at, waitingFor: [] };
  }
  if (waiting !== undefined) {
    const { phase, what, next } = waiting;
    return {
      condition: 'waiting',
      doing: `waits in ${PHASE_TITLES[phase]}`,
      since: state.head.at,
      phase,
      waitingFor: what,
      next,
    };
  }
  if (state.promoted !== undefined && state.rollback === undefined) {
    const { at, summary } = state.promoted;
    const next =
      'Items that are due later are still open: attest them with `holdpoint sign`, or one by one with `holdpoint resume`.';
    return { condition: 'promoted', doing: summary, since: at, waitingFor: [], next };
  }
  const phase = [...state.phases.values()].findLast(({ endedAt }) => endedAt === undefined);
  const step = [...state.steps.values()].findLast(({ status }) => status === 'intended');
  const at = {
    doing:
      phase === undefined
        ? 'is between two phases'
        : step === undefined
          ? PHASE_TITLES[phase.name]
          : `${PHASE_TITLES[phase.name]}: ${step.title}`,
    since: phase?.startedAt ?? state.head.at,
    ...(phase === undefined ? {} : { phase: phase.name }),
    waitingFor: [],
  };
  if (worked) return { condition: 'running', ...at };
  return {
    condition: 'interrupted',
    ...at,
    next: `No process works on it. Go on with \`holdpoint resume --run ${state.run}\`.`,
  };
}

const WORDS: Readonly<Record<RunCondition, string>> = {
  promoted: 'promoted',
  'rolled-back': 'rolled back',
  failed: 'failed',
  abandoned: 'abandoned',
  running: 'running',
  waiting: 'waiting',
  interrupted: 'interrupted',
};

export const conditionInWords = (condition: RunCondition): string => WORDS[condition];
