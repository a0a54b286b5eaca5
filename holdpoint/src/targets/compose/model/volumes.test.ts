import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BadVolume, expandVolume } from './volumes.ts';

const expand = (short: string) => expandVolume(short, (path) => posix.resolve('/srv/shop', path));
const bind = { create_host_path: true };

describe('a volume in short form', () => {
  it.each([
    ['/data', { type: 'volume', target: '/data' }],
    ['named:/data', { type: 'volume', source: 'named', target: '/data' }],
    ['named:/data:ro', { type: 'volume', source: 'named', target: '/data', read_only: true }],
    ['named:/data:rw', { type: 'volume', source: 'named', target: '/data' }],
    ['named:/data:nocopy', { type: 'volume', source: 'named', target: '/data', volume: { nocopy: true } }],
    ['./a:/data', { type: 'bind', source: '/srv/shop/a', target: '/data', bind }],
    ['../a:/data/', { type: 'bind', source: '/srv/a', target: '/data/', bind }],
    ['.:/data', { type: 'bind', source: '/srv/shop', target: '/data', bind }],
    [
      '/a/b:/data:ro,z',
      { type: 'bind', source: '/a/b', target: '/data', read_only: true, bind: { ...bind, selinux: 'z' } },
    ],
    [
      '/a:/data:rslave',
      { type: 'bind', source: '/a', target: '/data', bind: { ...bind, propagation: 'rslave' } },
    ],
    ['/a:/data:cached', { type: 'bind', source: '/a', target: '/data', consistency: 'cached', bind }],
  ])('%s is expanded', (short, long) => {
    expect(expand(short)).toEqual(long);
  });

  it.each(['', 'a:', ':/data', 'a:/b:ro:rw', './a:/b:'])('%j is refused', (short) => {
    expect(() => expand(short)).toThrow(BadVolume);
  });
});
