import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listed, NO_UPSTREAMS, parseUpstreams, relist, retain, writeUpstreams } from './upstreams.ts';

const some = { generation: 7, services: { backend: ['127.0.0.1:4001', '127.0.0.1:4002'], dashboard: [] } };

describe('the list of upstreams', () => {
  it('is written as JSON', () => {
    expect(JSON.parse(writeUpstreams('json', some))).toEqual(some);
  });

  it('is written as blocks of nginx, with a server that is down where there is none', () => {
    expect(writeUpstreams('nginx', some)).toBe(
      `# Written by Holdpoint; changes are overwritten.
# generation 7
map "" $holdpoint_generation { default 7; }
upstream backend {
  server 127.0.0.1:4001;
  server 127.0.0.1:4002;
  keepalive 64;
}
upstream dashboard {
  server 127.0.0.1:9 down;
  keepalive 64;
}
`,
    );
  });

  it('reads back whatever it wrote', () => {
    const address = fc.integer({ min: 1, max: 65_535 }).map((port) => `127.0.0.1:${port}`);
    const lists = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]*$/), fc.uniqueArray(address), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(fc.nat(), lists, fc.constantFrom('json', 'nginx'), (generation, services, format) => {
        const upstreams = { generation, services };
        expect(parseUpstreams(format, writeUpstreams(format, upstreams))).toEqual(upstreams);
      }),
    );
  });

  it('grows its generation with each change, and with nothing else', () => {
    const one = relist(NO_UPSTREAMS, 'backend', '127.0.0.1:1', true);
    expect(one).toEqual({ generation: 1, services: { backend: ['127.0.0.1:1'] } });
    expect(relist(one, 'backend', '127.0.0.1:1', true)).toBe(one);
    expect(relist(one, 'backend', '127.0.0.1:2', false)).toBe(one);
    const none = relist(one, 'backend', '127.0.0.1:1', false);
    expect(none).toEqual({ generation: 2, services: { backend: [] } });
    expect(listed(none, 'backend', '127.0.0.1:1')).toBe(false);
  });
});

describe('an address that nobody has any more', () => {
  const before = {
    generation: 4,
    services: { backend: ['10.0.0.2:80', '10.0.0.3:80'], other: ['10.0.0.9:80'] },
  };

  it('is forgotten, and the list of other services stays', () => {
    expect(retain(before, 'backend', ['10.0.0.3:80'])).toEqual({
      generation: 5,
      services: { backend: ['10.0.0.3:80'], other: ['10.0.0.9:80'] },
    });
  });

  it('changes nothing where there is none', () => {
    expect(retain(before, 'backend', ['10.0.0.3:80', '10.0.0.2:80'])).toBe(before);
    expect(retain(before, 'unknown', [])).toBe(before);
  });
});
