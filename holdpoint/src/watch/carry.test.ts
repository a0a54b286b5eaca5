import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Carry, carryFile } from './carry.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-carry-'));
});
afterEach(() => rm(folder, { recursive: true }));

const carry = (at: number): Carry => ({
  at,
  replicas: [
    {
      id: 'backend-1',
      service: 'backend',
      fresh: true,
      state: 'ready',
      startedAt: 1,
      wasReady: true,
      unreadyLooks: 0,
      last: {
        at,
        processStart: null,
        readings: { errors: { kind: 'counted', trials: 9, events: 1, eventsForGood: 1, tails: [3] } },
      },
    },
  ],
  edge: { requests: 10, lost: 0 },
  said: ['a note'],
});

test('what was kept is read again, newest first', async () => {
  const store = carryFile(join(folder, 'watch', 'run.json'));
  expect(await store.read()).toStrictEqual([]);
  await store.keep([carry(2), carry(1)]);
  expect(await store.read()).toStrictEqual([carry(2), carry(1)]);
});

test.each(['', '{', '[{"at":1}]', '{"at":1}'])(
  'a file that holds %j costs one look, and not the watch',
  async (text) => {
    const path = join(folder, 'run.json');
    await writeFile(path, text);
    expect(await carryFile(path).read()).toStrictEqual([]);
  },
);
