import { type EventBody, eventBody } from './events.ts';
import type { RunLog } from './log/log.ts';
import { PHASES } from './phase-names.ts';

/**
 * Where a process can end between an intent, its effect and its outcome: right before and right after each event is
 * appended. What lies between two appends is the effect itself, so that there is no other place.
 */
export type Moment = 'before' | 'after';

/** Called at each point, with how often this process has come to it; may not return. */
export type Reach = (point: string, nth: number) => void;

/** `deploy/web/start intended · after`: without versions and slots, so that each run names its points alike. */
export function crashPoint(body: EventBody, moment: Moment): string {
  return `${placeOf(body)} · ${moment}`;
}

function placeOf(body: EventBody): string {
  switch (body.type) {
    case 'step.intended':
    case 'step.done':
    case 'step.failed':
      return `${kindOfStep(body.step)} ${body.type.slice('step.'.length)}`;
    case 'notified':
      return `notified ${body.kind}`;
    case 'release.signed':
      return `signed ${body.role}`;
    case 'watch.block':
    case 'watch.decided':
      return body.type;
    default:
      return 'phase' in body ? `${body.phase}/${body.type}` : body.type;
  }
}

/**
 * `deploy/0/web/start/1.1.0-1a2b3c4d/1` is `deploy/web/start`: the round of the plan goes, and so does everything behind
 * the verb.
 */
function kindOfStep(step: string): string {
  const [phase = step, ...rest] = step.split('/');
  const rolled = /^\d+$/.test(rest[0] ?? '');
  return [phase, ...(rolled ? rest.slice(1, 3) : rest)].join('/');
}

/** Every kind of place that a run of any system could come to; which steps there are depends on its services. */
export function kindsOfCrashPoint(): readonly string[] {
  const kinds = eventBody.options.flatMap(({ shape }) => {
    const type = shape.type.value;
    if (type.startsWith('step.')) return PHASES.map((phase) => `${phase}/… ${type.slice('step.'.length)}`);
    if (type === 'notified') return ['notified …'];
    if (type === 'release.signed') return ['signed …'];
    return 'phase' in shape ? PHASES.map((phase) => `${phase}/${type}`) : [type];
  });
  return kinds.flatMap((kind) => (['before', 'after'] as const).map((moment) => `${kind} · ${moment}`));
}

/** The log, with a point before and after each append. */
export function withCrashPoints(log: RunLog, reach: Reach): RunLog {
  const reached = new Map<string, number>();
  const come = (point: string): void => {
    const nth = (reached.get(point) ?? 0) + 1;
    reached.set(point, nth);
    reach(point, nth);
  };
  return {
    ...log,
    async append(run, at, body, fence) {
      come(crashPoint(body, 'before'));
      const event = await log.append(run, at, body, fence);
      come(crashPoint(body, 'after'));
      return event;
    },
  };
}
