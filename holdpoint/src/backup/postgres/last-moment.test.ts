import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastBefore, type Moment, watchingMoments } from './last-moment.ts';
import { parseLsn } from './wal.ts';

const NOTHING = { epoch: '', databases: [] };
const lsn = (position: number): string => `0/${position.toString(16).toUpperCase()}`;

test('the instant is the last one whose log ends before the copy’s, whatever came after', () => {
  const steps = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(steps, fc.nat(20_000), (growth, stop) => {
      let position = 0;
      const moments = growth.map((by, at): Moment => {
        position += by;
        return { at, lsn: lsn(position), writes: NOTHING };
      });
      const found = lastBefore(moments, lsn(stop));
      const before = moments.filter((moment) => parseLsn(moment.lsn) <= BigInt(stop));
      expect(found).toBe(before.at(-1));
    }),
  );
});

test('the first moment lies before the work begins, and a server that goes away fails it', async () => {
  const order: string[] = [];
  const session = {
    query: async <Row>(): Promise<readonly Row[]> => {
      order.push('looked');
      return [{ lsn: '0/10' } as Row];
    },
  };
  const options = { now: () => 7, observe: async () => NOTHING };
  const work = async (): Promise<string> => {
    order.push('worked');
    return 'done';
  };
  const { result, moments } = await watchingMoments(session, options, work);
  expect(result).toBe('done');
  expect(moments[0]).toEqual({ at: 7, lsn: '0/10', writes: NOTHING });
  expect(order.slice(0, 2)).toEqual(['looked', 'worked']);
  const gone = { query: () => Promise.reject(new Error('gone')) };
  await expect(watchingMoments(gone, options, work)).rejects.toThrow('gone');
});
