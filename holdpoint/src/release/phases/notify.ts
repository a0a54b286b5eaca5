import { notifyAll } from '../../notify/catalog.ts';
import { type MessageKind, messageOf } from '../../notify/message.ts';
import type { RunContext } from '../context.ts';
import { type Phase, settled } from './phase.ts';

/** Tells stakeholders what is planned. */
export const notify: Phase = {
  name: 'notify',
  async run(context) {
    const told = await tellAll({ ...context, downtime: await plannedDowntime(context) }, 'planned');
    return told === 0
      ? settled('not-applicable', 'nobody is named to be told')
      : settled('pass', `${told} of ${context.project.notifiers.length} told`);
  },
};

/** Milliseconds without some service that the steps from what stands now cost, as far as is known. */
async function plannedDowntime({ project: { target }, to, authority }: RunContext): Promise<number> {
  const steps = target.roll(await target.inspect(authority.signal), to);
  const each = steps.flatMap(({ downtime }) => downtime?.expected ?? []);
  // Where everything is stopped first, the services are missed at the same time.
  return target.recreates === true ? Math.max(0, ...each) : each.reduce((sum, one) => sum + one, 0);
}

/** Tells everybody and records how it went; returns how many were reached. Whoever cannot be reached holds nothing up. */
export async function tellAll(
  context: RunContext & { readonly downtime?: number },
  kind: MessageKind,
  ...reasons: readonly string[]
): Promise<number> {
  const { project, journal, authority, from, to } = context;
  const { name, environment } = project.specification;
  const message = messageOf({
    kind,
    run: journal.run,
    name,
    environment,
    version: to.version,
    ...(from === undefined ? {} : { from: from.version }),
    at: project.clock.now(),
    downtime: context.downtime ?? 0,
    reasons,
  });
  const results = await notifyAll(project.notifiers, message, authority.signal);
  for (const { notifier, verdict, summary } of results) {
    await journal.record({ type: 'notified', notifier, kind, verdict, summary });
  }
  return results.filter(({ verdict }) => verdict === 'pass').length;
}
