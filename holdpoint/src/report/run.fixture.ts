import type { EventBody, EventOf, LoggedEvent } from '../release/events.ts';
import { fold } from '../release/fold.ts';
import { seal } from '../release/log/chain.ts';
import type { RunState } from '../release/state.ts';

/** 2026-03-01 20:00:00 UTC. */
export const START = 1_772_395_200_000;

export const CHECKLIST = `# Release

## Before

- [ ] All tests pass <!-- holdpoint: code.ci -->
- [ ] Sizes are small <!-- holdpoint: images.size of=children -->
  - [ ] Backend < 200MB <!-- holdpoint: images.size service=backend max=200MB -->
- [ ] Team was told <!-- holdpoint: person role=reviewer -->
- [ ] Nobody bound this

## Sign-off

| Role | Name | Signature | Date |
|------|------|-----------|------|
| Deployer | | | |
| Approver | | | |
`;

export const opened = (checklist = CHECKLIST): EventOf<'run.opened'> => ({
  type: 'run.opened',
  name: 'ToolBoxAI',
  environment: 'production',
  version: '2.0.0',
  to: { version: '2.0.0', digest: 'b'.repeat(64) },
  from: { version: '1.9.0', digest: 'a'.repeat(64) },
  by: { name: 'Ada' },
  specification: 'c'.repeat(64),
  checklist: { file: 'checklist.md', digest: 'd'.repeat(64), text: checklist },
  product: '0.1.0',
  timeScale: 1,
});

/** Events of one run, one second apart, the first at `START`. */
export function logOf(bodies: readonly EventBody[], run = 'run-1'): readonly LoggedEvent[] {
  const events: LoggedEvent[] = [];
  for (const [index, body] of bodies.entries()) {
    events.push(seal(run, events.at(-1), START + index * 1_000, body));
  }
  return events;
}

/** The state after an opening and these events. */
export const stateAfter = (...bodies: readonly EventBody[]): RunState => fold(logOf([opened(), ...bodies]));

export const settled = (
  check: string,
  evidence: EventOf<'check.settled'>['evidence'],
  phase: EventOf<'check.settled'>['phase'] = 'readiness',
): EventBody => ({ type: 'check.settled', phase, check, evidence, milliseconds: 1_500 });
