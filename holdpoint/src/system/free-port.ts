import { once } from 'node:events';
import { createServer } from 'node:net';
import { HoldpointError } from '../kernel/errors.ts';

/**
 * A port of 127.0.0.1 on which nobody listens at this moment. Somebody else may take it before it is used: where that
 * matters, the caller tries again. Throws `internal` when the machine has none.
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address === 'object' && address !== null) return address.port;
  throw new HoldpointError('internal', 'no free port was found', {
    next: 'See what holds the ports of this machine.',
  });
}
