import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadPort, expandPort, publishedRange, shortPort } from './ports.ts';

const tcp = { protocol: 'tcp', mode: 'ingress' };

describe('a port in short form', () => {
  it.each([
    ['80', [{ ...tcp, target: 80 }]],
    ['80/udp', [{ ...tcp, protocol: 'udp', target: 80 }]],
    ['80/UDP', [{ ...tcp, protocol: 'udp', target: 80 }]],
    ['8080:80', [{ ...tcp, target: 80, published: '8080' }]],
    ['127.0.0.1:8080:80', [{ ...tcp, host_ip: '127.0.0.1', target: 80, published: '8080' }]],
    ['127.0.0.1::80', [{ ...tcp, host_ip: '127.0.0.1', target: 80 }]],
    ['[::1]:8080:80', [{ ...tcp, host_ip: '::1', target: 80, published: '8080' }]],
    ['::1:8080:80', [{ ...tcp, host_ip: '::1', target: 80, published: '8080' }]],
    [
      '90-91',
      [
        { ...tcp, target: 90 },
        { ...tcp, target: 91 },
      ],
    ],
    [
      '190-191:90-91',
      [
        { ...tcp, target: 90, published: '190' },
        { ...tcp, target: 91, published: '191' },
      ],
    ],
    ['3000-3005:80', [{ ...tcp, target: 80, published: '3000-3005' }]],
  ])('%s is expanded', (short, long) => {
    expect(expandPort(short)).toEqual(long);
  });

  it.each([
    ['', 'is not of the form [HOST:]CONTAINER[/PROTOCOL]'],
    ['http', 'is not of the form [HOST:]CONTAINER[/PROTOCOL]'],
    ['127.0.0.1:80', 'is not of the form [HOST:]CONTAINER[/PROTOCOL]'],
    ['80/icmp', 'has the protocol icmp; expected tcp, udp or sctp'],
    ['70000:80', 'names the port 70000; the highest is 65535'],
    ['90-80', 'has the range 90-80, which ends before it begins'],
    ['1-3:80-81', 'has ranges of different lengths'],
  ])('%j is refused', (short, message) => {
    expect(() => expandPort(short)).toThrow(new BadPort(message));
  });

  it('is the same after having been long', () => {
    const port = fc.integer({ min: 1, max: 65_535 });
    const published = fc.option(port, { nil: undefined });
    const host = fc.constantFrom(undefined, '127.0.0.1', '::1', '2001:db8::7');
    fc.assert(
      fc.property(
        port,
        published,
        host,
        fc.constantFrom('tcp', 'udp', 'sctp'),
        (target, outer, ip, protocol) => {
          const long = {
            protocol,
            mode: 'ingress',
            target,
            ...(ip === undefined ? {} : { host_ip: ip }),
            ...(outer === undefined ? {} : { published: String(outer) }),
          };
          expect(expandPort(shortPort(long))).toEqual([long]);
        },
      ),
    );
  });

  it('publishes one port or a range', () => {
    expect(publishedRange('80')).toEqual({ from: 80, to: 80 });
    expect(publishedRange('80-90')).toEqual({ from: 80, to: 90 });
    expect(() => publishedRange('http')).toThrow(BadPort);
  });
});
