import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRoutingTable } from './routing-table.ts';
import { parseUpstreams } from './upstreams.ts';

describe('upstreams file', () => {
  it('is read with its generation and addresses', () => {
    const text =
      '{"generation": 7, "services": {"backend": ["127.0.0.1:41001", "[::1]:41002"], "dashboard": []}}';
    expect(parseUpstreams(text)).toEqual({
      generation: 7,
      services: { backend: ['127.0.0.1:41001', '[::1]:41002'], dashboard: [] },
    });
  });

  it.each([
    ['{"generation": 1, "services": {"backend": ["127.0.0.1"]}}', 'services.backend[0] must be host:port'],
    ['{"generation": 1, "services": {"backend": ["h:0"]}}', 'services.backend[0] must be host:port'],
    ['{"generation": 1, "services": {"backend": ["h:1", "h:1"]}}', 'twice'],
    ['{"generation": "1", "services": {}}', 'generation'],
    ['{"generation": 1}', 'services must be an object'],
    ['[]', 'must be an object'],
    ['{"generation": 1, "serv', 'JSON'],
  ])('%s is refused', (text, reason) => {
    expect(() => parseUpstreams(text)).toThrow(reason);
  });

  it('never crashes otherwise than with an Error', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          parseUpstreams(text);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});

describe('routing table', () => {
  const file = (generation: number, ...backend: string[]) => ({ generation, services: { backend } });

  it('spreads requests over the least busy upstreams in turn', () => {
    const table = createRoutingTable();
    table.replace(file(1, 'h:1', 'h:2'));
    const picks = [1, 2, 3, 4].map(() => {
      const upstream = table.choose('backend', new Set());
      if (upstream) upstream.inflight += 1;
      return upstream?.address;
    });
    expect(picks.toSorted()).toEqual(['h:1', 'h:1', 'h:2', 'h:2']);
  });

  it('shows a removed upstream as draining until its last request has ended', () => {
    const table = createRoutingTable();
    table.replace(file(1, 'h:1'));
    const upstream = table.choose('backend', new Set());
    if (!upstream) throw new Error('no upstream');
    upstream.inflight = 1;
    table.replace(file(2, 'h:2'));
    expect(table.status()).toMatchObject({ generation: 2, draining: [{ address: 'h:1', inflight: 1 }] });
    expect(table.choose('backend', new Set())?.address).toBe('h:2');
    upstream.inflight = 0;
    table.settled(upstream);
    expect(table.status().draining).toEqual([]);
  });

  it('keeps the counts of an upstream that stays, and of one that comes back while draining', () => {
    const table = createRoutingTable();
    table.replace(file(1, 'h:1'));
    const upstream = table.choose('backend', new Set());
    if (upstream) upstream.inflight = 3;
    table.replace(file(2));
    table.replace(file(3, 'h:1'));
    expect(table.status().services.backend).toMatchObject([{ address: 'h:1', inflight: 3 }]);
    expect(table.status().draining).toEqual([]);
  });

  it('avoids what was tried and what is going away, and takes the latter only when nothing else is left', () => {
    const table = createRoutingTable();
    table.replace(file(1, 'h:1', 'h:2'));
    const first = table.choose('backend', new Set());
    if (!first) throw new Error('no upstream');
    table.avoid(first, 60_000);
    const second = table.choose('backend', new Set());
    expect(second?.address).not.toBe(first.address);
    expect(table.choose('backend', new Set([second?.address ?? '']))?.address).toBe(first.address);
    expect(table.choose('backend', new Set(['h:1', 'h:2']))).toBeNull();
    expect(table.choose('nothing', new Set())).toBeNull();
  });
});
