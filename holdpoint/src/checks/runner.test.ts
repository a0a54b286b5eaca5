import { describe, expect, it } from 'vitest';
import { HoldpointError } from '../kernel/errors.ts';
import { checkId } from '../kernel/ids.ts';
import type { Check } from './check.ts';
import { runChecks } from './runner.ts';
import { NOW, probe, subject } from './subject.fixture.ts';
import { fail, pass } from './verdicts.ts';

const check = (id: string, run: Check['run'], timeLimit = 5_000): Check => ({
  id: checkId(id),
  timeLimit,
  run,
});
const evidenceOf = async (one: Check, of = subject()) => {
  const settled = await runChecks([one], of, probe());
  return settled.get(one.id)?.evidence;
};

describe('running checks', () => {
  it('settles every one with what it said, and tells when each settles', async () => {
    const told: string[] = [];
    const settled = await runChecks(
      [check('a', async () => pass('good')), check('b', async () => fail('bad'))],
      subject(),
      probe(),
      { onSettled: ({ check: id }) => told.push(id) },
    );
    expect([...settled.values()].map(({ evidence }) => evidence.verdict)).toEqual(['pass', 'fail']);
    expect(told.sort()).toEqual(['a', 'b']);
    expect(settled.get(checkId('a'))).toMatchObject({ check: 'a', startedAt: NOW });
    expect(settled.get(checkId('a'))?.milliseconds).toBeGreaterThanOrEqual(0);
  });

  it('takes what a probe throws for its own fault, with the explanation and the next step', async () => {
    const cause = new Error('ECONNREFUSED');
    const thrown = new HoldpointError('unreachable', 'nobody there', { cause, next: 'Start it.' });
    expect(await evidenceOf(check('a', () => Promise.reject(thrown)))).toEqual({
      verdict: 'error',
      summary: 'nobody there: ECONNREFUSED',
      next: 'Start it.',
    });
    const synchronous = check('a', () => {
      throw new TypeError('x is not a function');
    });
    expect(await evidenceOf(synchronous)).toMatchObject({ verdict: 'error', summary: 'x is not a function' });
  });

  it('settles in time a probe that ignores its signal, and does not mind how that one ends later', async () => {
    let breakLater: (reason: Error) => void = () => {};
    const deaf = check(
      'deaf',
      () =>
        new Promise((_, reject) => {
          breakLater = reject;
        }),
      30,
    );
    expect(await evidenceOf(deaf)).toMatchObject({
      verdict: 'error',
      summary: 'deaf gave no answer within 30 ms',
    });
    breakLater(new Error('too late to matter'));
  });

  it('tells the probe that its time is over', async () => {
    let heard: unknown;
    const polite = check(
      'polite',
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            heard = signal.reason;
            reject(new Error('gave up'));
          });
        }),
      30,
    );
    expect(await evidenceOf(polite)).toMatchObject({
      verdict: 'error',
      summary: 'polite gave no answer within 30 ms',
    });
    expect(heard).toBeInstanceOf(HoldpointError);
  });

  it('ends when the whole is called off, also for checks that had not begun', async () => {
    const off = new AbortController();
    const waiting = ['a', 'b', 'c'].map((id) => check(id, () => new Promise(() => {})));
    const running = runChecks(waiting, subject(), probe(), { signal: off.signal, concurrency: 1 });
    off.abort(new HoldpointError('cancelled', 'called off'));
    const settled = await running;
    expect([...settled.values()].map(({ evidence }) => evidence.summary)).toEqual(
      Array(3).fill('called off'),
    );
  });

  it('runs at most so many at a time', async () => {
    let now = 0;
    let most = 0;
    const busy = Array.from({ length: 20 }, (_, index) =>
      check(`c${index}`, async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        return pass('done');
      }),
    );
    expect((await runChecks(busy, subject(), probe())).size).toBe(20);
    expect(most).toBe(8);
  });

  it('keeps known secrets out of every part of the evidence', async () => {
    const variables = {
      APP_SECRET: 'hunter2-hunter2',
      DATABASE_URL: 'postgres://app:s3cr%40t@db/app',
      PORT: '8009',
    };
    const leaky = check('leaky', async () =>
      fail('saw hunter2-hunter2', {
        details: ['password s3cr@t', 'port 8009'],
        measured: 'hunter2-hunter2',
        next: 'Change hunter2-hunter2.',
      }),
    );
    const text = JSON.stringify(await evidenceOf(leaky, subject({ variables })));
    expect(text).not.toMatch(/hunter2|s3cr@t/);
    expect(text).toContain('8009');
  });

  it('goes on when the display breaks', async () => {
    const onSettled = (): void => {
      throw new Error('terminal is gone');
    };
    const settled = await runChecks([check('a', async () => pass('good'))], subject(), probe(), {
      onSettled,
    });
    expect(settled.get(checkId('a'))?.evidence.verdict).toBe('pass');
  });
});
