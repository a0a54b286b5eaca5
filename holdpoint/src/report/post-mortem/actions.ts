import type { LoggedEvent } from '../../release/events.ts';

/** What a step of a plan does to a replica, as far as its action says so. */
export interface ReplicaAction {
  readonly verb: string;
  readonly digest: string | undefined;
}

/** The action of each planned step, by the name of the step. Targets whose actions have other shapes give none. */
export function actionsOf(events: readonly LoggedEvent[]): ReadonlyMap<string, ReplicaAction> {
  const actions = new Map<string, ReplicaAction>();
  for (const { body } of events) {
    if (body.type !== 'plan.made') continue;
    for (const { name, action } of body.steps) {
      const read = readAction(action);
      if (read !== undefined) actions.set(name, read);
    }
  }
  return actions;
}

function readAction(action: unknown): ReplicaAction | undefined {
  const verb = field(action, 'verb');
  if (typeof verb !== 'string') return undefined;
  const digest = field(field(action, 'revision'), 'digest');
  return { verb, digest: typeof digest === 'string' ? digest : undefined };
}

/** One field of what came out of JSON and may be anything. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
