import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { look, NOW, replica, subject } from '../subject.fixture.ts';
import { parseListeners } from './listeners.ts';
import { judgeNetwork, network } from './network.ts';

async function listen(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
const at = (address: string, settings = {}) =>
  subject({ settings, world: { at: NOW, replicas: [replica('backend', { address })] } });

describe('infrastructure.network', () => {
  it.runIf(existsSync('/proc/net/tcp'))(
    'tells replicas on the loopback from those that everyone reaches',
    async () => {
      const inside = await listen('127.0.0.1');
      expect(await look(network, at(`127.0.0.1:${inside}`))).toMatchObject({
        verdict: 'pass',
        summary: '1 sockets of 1 replicas listen on the loopback only',
      });
      const outside = await listen('0.0.0.0');
      expect(await look(network, at(`127.0.0.1:${outside}`))).toMatchObject({
        verdict: 'fail',
        summary: `backend-1 listens on 0.0.0.0 port ${outside}`,
      });
      expect((await look(network, at(`127.0.0.1:${outside}`, { open: ['backend'] }))).verdict).toBe(
        'inconclusive',
      );
    },
  );
  it.runIf(existsSync('/proc/self/fd'))(
    'finds the sockets of a process whose address is not known',
    async () => {
      const outside = await listen('0.0.0.0');
      const world = { at: NOW, replicas: [replica('worker', { pid: process.pid })] };
      expect((await look(network, subject({ world }))).details).toContain(
        `worker-1 listens on 0.0.0.0 port ${outside}`,
      );
    },
  );
  it('says nothing when nothing listens, and is broken by bad settings', async () => {
    expect(judgeNetwork([]).verdict).toBe('inconclusive');
    expect(judgeNetwork([{ replica: 'a', listeners: [] }]).verdict).toBe('inconclusive');
    await expect(look(network, subject({ settings: { opn: [] } }))).rejects.toThrow("did you mean 'open'?");
  });
});

describe('the table of sockets', () => {
  it('is read with the bytes of each address in their right order', () => {
    const rows = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1F49 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1',
      '   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 112 1',
      '   2: 0100007F:1F49 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 113 1',
      '   3: 00000000000000000000000001000000:1F49 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 114 1',
      '   4: 0000000000000000FFFF00000100007F:1F49 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 115 1',
    ];
    expect(parseListeners(rows.join('\n'))).toEqual([
      { address: '127.0.0.1', port: 8009, inode: '111' },
      { address: '0.0.0.0', port: 80, inode: '112' },
      { address: '::1', port: 8009, inode: '114' },
      { address: '127.0.0.1', port: 8009, inode: '115' },
    ]);
  });
});
