import { describe, expect, it } from 'vitest';
import { NOW } from '../subject.fixture.ts';
import { judgeCredentials } from './credentials.ts';
import { judgeReplication } from './replication.ts';

const DAY = 86_400_000;

describe('credentials', () => {
  const expected = { maxAge: 90 * DAY, now: NOW };
  it.each([
    [{ rotatedAt: NOW - 10 * DAY, validUntil: null }, 'pass', 'app: rotated 10 d ago, allowed are 90 d'],
    [{ rotatedAt: NOW - 91 * DAY, validUntil: null }, 'fail', 'the password of app was rotated 91 d ago'],
    [{ rotatedAt: NOW + DAY, validUntil: null }, 'fail', 'the recorded rotation lies in the future'],
    [{ validUntil: NOW - 1 }, 'fail', 'the password of app has expired'],
    [{ rotatedAt: NOW, validUntil: NOW }, 'fail', 'the password of app has expired'],
    [{ validUntil: NOW + 91 * DAY }, 'fail', 'the password of app stays valid for 91 d'],
    [{ validUntil: null }, 'inconclusive', "no rotation of app's password is recorded, and it never expires"],
  ])('%j: %s', (measured, verdict, summary) => {
    expect(judgeCredentials(expected, { user: 'app', ...measured })).toMatchObject({ verdict, summary });
  });
});

describe('replication', () => {
  const expected = { replicas: 2, max: 10_000 };
  const follower = (name: string, lag: number | null, state = 'streaming') => ({ name, state, lag });
  it('passes when all stream and none lags', () => {
    expect(judgeReplication(expected, [follower('a', 500), follower('b', null)])).toMatchObject({
      verdict: 'pass',
      summary: '2 of 2 replicas stream, at most 500 ms behind',
    });
  });
  it('fails one that catches up, and one that lags', () => {
    expect(judgeReplication(expected, [follower('a', 60_000), follower('b', 0, 'catchup')]).details).toEqual([
      '1 of 2 replicas are streaming',
      'a is 1 min behind',
    ]);
  });
});
