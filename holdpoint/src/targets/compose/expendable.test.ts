import { describe, expect, it } from 'vitest';
import { digest } from '../../kernel/ids.ts';
import { type AgedRecord, expendable } from './expendable.ts';

const NOW = Date.UTC(2026, 10, 23);
const DAY = 24 * 3_600_000;

/** Release number so-and-so, whose image has a letter. */
function aged(number: number, image: string, used: number, served?: number): AgedRecord {
  const sum = digest(String(number).padStart(64, '0'));
  const kept = `holdpoint-pinned/shop-backend:${image}`;
  const pinned = { reference: `shop/backend:${number}`, id: `sha256:${image}`, pinned: kept, kept };
  return {
    record: {
      revision: { version: String(number), digest: sum },
      services: { backend: { content: sum, image: pinned, needs: {} } },
      document: {},
    },
    used: NOW - used * DAY,
    ...(served === undefined ? {} : { served: NOW - served * DAY }),
  };
}
const versions = (all: readonly AgedRecord[], running: readonly AgedRecord[] = []) =>
  expendable(
    all,
    running.map(({ record }) => record.revision),
    NOW,
  ).records.map(({ revision }) => revision.version);

describe('a release', () => {
  it('stays for two weeks after its last use, whether it served or not', () => {
    expect(versions([aged(1, 'a', 13), aged(2, 'b', 15)])).toEqual(['2']);
  });

  it('stays while it runs, however old', () => {
    const old = aged(1, 'a', 400);
    expect(versions([old, aged(2, 'b', 400)], [old])).toEqual(['2']);
  });

  it('stays while it is among the ten that served last', () => {
    const served = Array.from({ length: 12 }, (_, index) => aged(index + 1, 'a', 400, 400 - index));
    expect(versions(served)).toEqual(['1', '2']);
  });

  it('leaves the tag of an image that another one needs', () => {
    const all = [aged(1, 'a', 20), aged(2, 'b', 20), aged(3, 'b', 1)];
    expect(expendable(all, [], NOW)).toMatchObject({
      records: [{ revision: { version: '1' } }, { revision: { version: '2' } }],
      tags: ['holdpoint-pinned/shop-backend:a'],
    });
  });
});
