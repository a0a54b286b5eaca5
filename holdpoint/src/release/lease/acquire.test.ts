import { describe, expect, test } from 'vitest';
import { virtualClock } from '../clock.fixture.ts';
import type { Lease, LeaseProcess } from '../log/log.ts';
import { memoryLog } from '../log/memory.ts';
import { acquire, LEASE_TIMES, type LeaseRequest } from './acquire.ts';
import { type Here, hasEnded, type Seen } from './holder.ts';
import { holdLease } from './lease.ts';

const { length, heartbeat } = LEASE_TIMES;
const PROCESS: LeaseProcess = { host: 'one', boot: 'b', namespace: 'pid:[1]', pid: 7, startTicks: 99 };

const seeing = (seen: Seen): Here => ({
  self: { ...PROCESS, pid: 8, startTicks: 100 },
  look: async () => seen,
});

const request = (holder: string, more: Partial<LeaseRequest> = {}): LeaseRequest => ({
  environment: 'production',
  holder,
  doing: () => `deploying for ${holder}`,
  signal: new AbortController().signal,
  ...more,
});

describe('whether a holder has ended', () => {
  test.each<[string, Seen, boolean]>([
    ['nobody has its number', 'nobody', true],
    ['a later process has its number', 123, true],
    ['it runs', 99, false],
    ['the system does not tell', 'hidden', false],
  ])('%s', async (_when, seen, ended) => {
    expect(await hasEnded(PROCESS, seeing(seen))).toBe(ended);
  });

  test.each<[string, LeaseProcess | undefined]>([
    ['of another boot', { ...PROCESS, boot: 'c' }],
    ['of another container', { ...PROCESS, namespace: 'pid:[2]' }],
    ['that did not tell its boot', { host: 'one', namespace: 'pid:[1]', pid: 7, startTicks: 99 }],
    ['that did not tell its namespace', { host: 'one', boot: 'b', pid: 7, startTicks: 99 }],
    ['that told nothing', undefined],
  ])('is not judged of one %s', async (_which, holder) => {
    expect(await hasEnded(holder, seeing('nobody'))).toBe(false);
  });

  test('is not judged where this process cannot find itself', async () => {
    expect(await hasEnded(PROCESS, undefined)).toBe(false);
  });
});

describe('a lease whose holder has ended', () => {
  const left = async () => {
    const clock = virtualClock();
    const { leases } = memoryLog();
    const here: Here = { self: PROCESS, look: async () => 'nobody' };
    await acquire(leases, clock, request('ada', { here }));
    return { clock, leases };
  };

  test('is taken at once', async () => {
    const { clock, leases } = await left();
    const began = clock.now();
    const lease = await acquire(leases, clock, request('grace', { here: seeing('nobody') }));
    expect(lease).toMatchObject({ holder: 'grace', fence: 2 });
    expect(clock.now()).toBe(began);
  });

  test('stays until its end for whoever cannot see that', async () => {
    const { clock, leases } = await left();
    await expect(acquire(leases, clock, request('grace', { here: seeing('hidden') }))).rejects.toMatchObject({
      code: 'lease-held',
    });
    await expect(acquire(leases, clock, request('grace'))).rejects.toMatchObject({ code: 'lease-held' });
    await clock.wait(length);
    expect(await acquire(leases, clock, request('grace'))).toMatchObject({ holder: 'grace' });
  });
});

describe('waiting for a lease', () => {
  test('ends when it is given back, after it was told once who holds it', async () => {
    const clock = virtualClock();
    const { leases } = memoryLog();
    const held = await holdLease(leases, clock, request('ada'));
    const told: string[] = [];
    const waiting = acquire(leases, clock, request('grace', { onHeld: ({ holder }) => told.push(holder) }));
    await clock.wait(5 * length);
    expect(told).toEqual(['ada']);
    await held.release();
    expect(await waiting).toMatchObject({ holder: 'grace', fence: 2 });
  });

  test('ends with an interruption, for its reason, and leaves the lease alone', async () => {
    const clock = virtualClock();
    const { leases } = memoryLog();
    const held = await holdLease(leases, clock, request('ada'));
    const interruption = new AbortController();
    const onHeld = () => undefined;
    const waiting = acquire(leases, clock, request('grace', { onHeld, signal: interruption.signal }));
    const refused = expect(waiting).rejects.toThrow('Ctrl-C');
    await clock.wait(heartbeat);
    interruption.abort(new Error('Ctrl-C'));
    await refused;
    expect(await leases.current('production', clock.now())).toMatchObject({ holder: 'ada' });
    await held.release();
  });
});

describe('a lease that was written before the clock went back', () => {
  const HOURS = 3 * 3_600_000;

  test('is taken once nobody has renewed it for two heartbeats', async () => {
    const clock = virtualClock();
    const { leases } = memoryLog();
    await acquire(leases, { ...clock, now: () => clock.now() + HOURS }, request('ada'));
    const began = clock.now();
    expect(await acquire(leases, clock, request('grace'))).toMatchObject({ holder: 'grace', fence: 2 });
    expect(clock.now() - began).toBe(2 * heartbeat);
  });

  test('is left to its holder where that renews it', async () => {
    const clock = virtualClock();
    const { leases } = memoryLog();
    let ahead = HOURS;
    const jumping = { ...clock, now: () => clock.now() + ahead };
    const held = await holdLease(leases, jumping, request('ada'));
    ahead = 0;
    await expect(acquire(leases, clock, request('grace'))).rejects.toMatchObject({ code: 'lease-held' });
    const sound = (await leases.current('production', clock.now())) as Lease;
    expect(sound).toMatchObject({ holder: 'ada' });
    expect(sound.expiresAt - clock.now()).toBeLessThanOrEqual(length);
    expect(held.authority.signal.aborted).toBe(false);
    await held.release();
  });
});
