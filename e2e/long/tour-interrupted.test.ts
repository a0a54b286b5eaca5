import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestTour, tourOfItsOwn } from '../rig/tour.ts';

let tour: TestTour;

beforeAll(async () => {
  tour = await tourOfItsOwn();
});
afterAll(() => tour?.close());

it('the tour ends soon after Ctrl-C and leaves no process behind, whatever it was doing', async () => {
  const seconds: number[] = [];
  for (const moment of [/Building ToolBoxAI/, /▸ Deploy/, /… watch: errors/]) {
    const going = tour.begin();
    await going.says(moment, 120_000);
    const began = performance.now();
    going.signal('SIGINT');
    const { status, stdout, stderr } = await going.ended;
    expect(status, stdout + stderr).toBe(130);
    seconds.push((performance.now() - began) / 1_000);
    expect(await tour.left()).toEqual([]);
  }
  console.log(`seconds from Ctrl-C to the end: ${seconds.map((one) => one.toFixed(1)).join(', ')}`);
  expect(Math.max(...seconds)).toBeLessThan(20);
}, 300_000);
