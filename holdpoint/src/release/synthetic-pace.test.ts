import fc from 'fast-check';
import { expect, it } from 'vitest';
import { virtualClock } from './clock.fixture.ts';
import { pace, turns } from './synthetic-pace.ts';

const RATES = fc.double({ min: 0.1, max: 200, noNaN: true });

it('requests keep their distance whenever they come, and however late one of them is', () => {
  fc.assert(
    fc.property(RATES, fc.array(fc.nat(5_000), { maxLength: 200 }), (perSecond, lateness) => {
      let last: number | undefined;
      let now = 0;
      for (const late of lateness) {
        const due = pace(perSecond, last, now);
        expect(due).toBeGreaterThanOrEqual(now);
        if (last !== undefined) expect(due - last).toBeGreaterThanOrEqual(1_000 / perSecond - 1e-6);
        now = due + late;
        last = now;
      }
    }),
  );
});

it('no second and no minute holds more requests than declared, whoever wants them', async () => {
  await fc.assert(
    fc.asyncProperty(
      RATES,
      fc.array(fc.record({ after: fc.nat(2_000), count: fc.integer({ min: 1, max: 20 }) }), { maxLength: 8 }),
      async (perSecond, wants) => {
        const clock = virtualClock(0);
        const turn = turns(perSecond, clock);
        const { signal } = new AbortController();
        const sent: number[] = [];
        const all: Promise<void>[] = [];
        for (const { after, count } of wants) {
          await clock.wait(after);
          for (let one = 0; one < count; one += 1)
            all.push(turn(signal).then(() => void sent.push(clock.now())));
        }
        await Promise.all(all);
        for (const length of [1_000, 60_000]) {
          for (const from of sent) {
            const inside = sent.filter((at) => at >= from && at < from + length).length;
            expect(inside).toBeLessThanOrEqual(Math.ceil((perSecond * length) / 1_000));
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

it('comes near to what was declared, evenly spread', async () => {
  const clock = virtualClock(0);
  const turn = turns(20, clock);
  const { signal } = new AbortController();
  const sent: number[] = [];
  for (let one = 0; one < 100; one += 1) await turn(signal).then(() => sent.push(clock.now()));
  expect(sent.at(-1)).toBe(99 * 50);
});

it('whoever gives up while waiting takes no turn', async () => {
  const clock = virtualClock(0);
  const turn = turns(1, clock);
  const giving = new AbortController();
  await turn(giving.signal);
  const [second, third] = [turn(giving.signal), turn(new AbortController().signal)];
  giving.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  await third;
  expect(clock.now()).toBe(1_000);
});
