import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { listenersIn, listensOn } from './listening.ts';
import { hasProcfs } from './procfs.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1001 1
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 1002 1
   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1003 1
`;

test('only sockets that listen on that very port count', () => {
  expect(listenersIn(TABLE, 8080)).toEqual(['1001']);
  expect(listenersIn(TABLE, 80)).toEqual(['1003']);
  expect(listenersIn(TABLE, 5)).toEqual([]);
  expect(listenersIn('', 80)).toEqual([]);
});

test.runIf(hasProcfs())('a port is told to belong to who listens there, and to nobody else', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    expect(await listensOn([process.pid], port)).toBe(true);
    expect(await listensOn([1, process.pid], port)).toBe(true);
    expect(await listensOn([process.ppid], port)).toBe(false);
    // Ended: it holds nothing.
    expect(await listensOn([2 ** 22], port)).toBe(false);
  } finally {
    server.close();
    await once(server, 'close');
  }
  expect(await listensOn([process.pid], port)).toBeUndefined();
});
