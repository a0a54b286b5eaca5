import { expect, test } from 'vitest';
import { systemClock } from './clock.ts';

test('waiting ends with the reason of the interruption, before it began and while it lasts', async () => {
  const interruption = new AbortController();
  const waiting = systemClock.wait(60_000, interruption.signal);
  const ended = expect(waiting).rejects.toThrow('Ctrl-C');
  interruption.abort(new Error('Ctrl-C'));
  await ended;
  await expect(systemClock.wait(60_000, interruption.signal)).rejects.toThrow('Ctrl-C');
  await systemClock.wait(1, new AbortController().signal);
});
