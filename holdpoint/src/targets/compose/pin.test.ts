import { describe, expect, it } from 'vitest';
import { pinOf } from './images.ts';

const SUM = 'd'.repeat(64);
const id = `sha256:${'0123456789abcdef'.repeat(4)}`;
const pin = (reference: string, digests: readonly string[], service = 'backend') =>
  pinOf({ project: 'shop', service, reference }, { id, digests: [...digests] });

describe('an image is pinned', () => {
  it('by the digest of the repository that it was asked for', () => {
    const own = `ghcr.io/shop/backend@sha256:${SUM}`;
    const elsewhere = `mirror.example/backend@sha256:${SUM}`;
    expect(pin('ghcr.io/shop/backend:2.0.0', [elsewhere, own])).toEqual({
      reference: 'ghcr.io/shop/backend:2.0.0',
      id,
      pinned: own,
      kept: 'holdpoint-pinned/shop-backend:0123456789ab',
      digest: own,
    });
  });

  it('by the digest of a registry with a port, and of the one that is meant without a name', () => {
    const local = `127.0.0.1:5000/backend@sha256:${SUM}`;
    expect(pin('127.0.0.1:5000/backend:2.0.0', [local]).pinned).toBe(local);
    expect(pin('docker.io/library/nginx:1.27', [`nginx@sha256:${SUM}`]).pinned).toBe(`nginx@sha256:${SUM}`);
  });

  it('by a tag of our own where no registry knows it, or only under another name', () => {
    for (const digests of [[], [`elsewhere/other@sha256:${SUM}`]]) {
      const pinned = pin('shop/backend:2.0.0', digests);
      expect(pinned).toMatchObject({ pinned: 'holdpoint-pinned/shop-backend:0123456789ab' });
      expect(pinned.digest).toBeUndefined();
    }
  });

  it('under a name that a repository may have', () => {
    expect(pin('x:1', [], 'Back__End.API').kept).toBe('holdpoint-pinned/shop-back-end-api:0123456789ab');
  });
});
