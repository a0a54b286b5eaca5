import type { EventBody, EventOf } from '../events.ts';

export const opened = (environment = 'production'): EventOf<'run.opened'> => ({
  type: 'run.opened',
  name: 'ToolBoxAI',
  environment,
  version: '2.0.0',
  to: { version: '2.0.0', digest: 'b'.repeat(64) },
  from: { version: '1.9.0', digest: 'a'.repeat(64) },
  by: { name: 'Ada' },
  specification: 'c'.repeat(64),
  checklist: { file: 'checklist.md', digest: 'd'.repeat(64), text: '- [ ] One\n' },
  product: '0.1.0',
  timeScale: 1,
});

/** Any event that says little. */
export const NOTE: EventBody = { type: 'edge.unread', reason: 'nobody answered' };
