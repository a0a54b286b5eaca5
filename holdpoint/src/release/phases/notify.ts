import { notifyAll } from '../../notify/catalog.ts';
import { type MessageKind, messageOf } from '../../notify/message.ts';
import type { RunContext } from '../context.ts';
import { type Phase, settled } from './phase.ts';

/** Tells stakeholders what is planned. */
export const notify: Phase = {
  name: 'notify',
  async run(context) {
    const told = await tellAll(context, 'planned');
    return told === 0
      ? settled('not-applicable', 'nobody is named to be told')
      : settled('pass', `${told} of ${context.project.notifiers.length} told`);
  },
};

/** Tells everybody and records how it went; returns how many were reached. Whoever cannot be reached holds nothing up. */
export async function tellAll(
  context: RunContext,
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
    downtime: 0,
    reasons,
  });
  const results = await notifyAll(project.notifiers, message, authority.signal);
  for (const { notifier, verdict, summary } of results) {
    await journal.record({ type: 'notified', notifier, kind, verdict, summary });
  }
  return results.filter(({ verdict }) => verdict === 'pass').length;
}
