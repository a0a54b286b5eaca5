import { once } from 'node:events';
import { connect, createServer, type ListenOptions, type NetConnectOpts, type Socket } from 'node:net';

export interface Relay {
  /** Where it listens; 0 for a unix socket. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Hands every connection at one address on to one other, both ways, until it is closed. Whoever `admits` does not know
 * by his address is shut out.
 */
export async function relay(
  from: ListenOptions,
  to: NetConnectOpts,
  admits: (address: string) => boolean = () => true,
): Promise<Relay> {
  const open = new Set<Socket>();
  // One side may end its sending first, and still wait for the answer.
  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (!admits(near.remoteAddress ?? '')) {
      near.destroy();
      return;
    }
    const far = connect({ ...to, allowHalfOpen: true });
    near.pipe(far);
    far.pipe(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroySoon();
      });
    }
  });
  server.listen(from);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
