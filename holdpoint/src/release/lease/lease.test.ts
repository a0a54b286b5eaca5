import { expect, test } from 'vitest';
import { virtualClock } from '../clock.fixture.ts';
import type { LeaseStore } from '../log/log.ts';
import { memoryLog } from '../log/memory.ts';
import { LEASE_TIMES } from './acquire.ts';
import { holdLease } from './lease.ts';

const { length: LEASE_LENGTH, heartbeat: HEARTBEAT } = LEASE_TIMES;

const request = (holder: string, signal = new AbortController().signal) => ({
  environment: 'production',
  holder,
  doing: () => `deploying for ${holder}`,
  signal,
});

/** Until the signal aborts, or time has passed that would have aborted it. */
async function aborted(signal: AbortSignal, clock: ReturnType<typeof virtualClock>): Promise<unknown> {
  for (let beats = 0; beats < 20 && !signal.aborted; beats += 1) await clock.wait(HEARTBEAT);
  return signal.reason;
}

test('a lease is kept by heartbeats for as long as it is held', async () => {
  const clock = virtualClock();
  const { leases } = memoryLog();
  const held = await holdLease(leases, clock, request('ada'));
  await clock.wait(10 * LEASE_LENGTH);
  expect(held.authority.signal.aborted).toBe(false);
  expect(await leases.current('production', clock.now())).toMatchObject({ holder: 'ada', fence: 1 });
  await held.release();
});

test('another is refused, and told who holds it for how long and for what', async () => {
  const clock = virtualClock();
  const { leases } = memoryLog();
  const held = await holdLease(leases, clock, request('ada'));
  await clock.wait(90_000);
  await expect(holdLease(leases, clock, request('grace'))).rejects.toMatchObject({
    code: 'lease-held',
    message: 'ada has held production for 1 min 30 s: deploying for ada',
  });
  await held.release();
});

test('it is free as soon as it is released, and the heart beats no more', async () => {
  const clock = virtualClock();
  const { leases } = memoryLog();
  let beats = 0;
  const counting: LeaseStore = {
    ...leases,
    renew: (...parts) => {
      beats += 1;
      return leases.renew(...parts);
    },
  };
  const held = await holdLease(counting, clock, request('ada'));
  await clock.wait(2.5 * HEARTBEAT);
  await held.release();
  expect(beats).toBe(2);
  expect(await leases.current('production', clock.now())).toBeUndefined();
  const next = await holdLease(counting, clock, request('grace'));
  expect(next.authority.fence).toBe(2);
  expect(next.authority.signal.aborted).toBe(false);
  await next.release();
});

test('work whose lease was taken by another is aborted, and its release leaves the other alone', async () => {
  const clock = virtualClock();
  const { leases } = memoryLog();
  const held = await holdLease(leases, clock, request('ada'));
  // As after a machine that was asleep: the lease ran out, and another took it.
  const later = clock.now() + LEASE_LENGTH;
  await leases.take({
    environment: 'production',
    holder: 'grace',
    now: later,
    expiresAt: later + 10 * LEASE_LENGTH,
    doing: 'rolling back',
  });
  expect(await aborted(held.authority.signal, clock)).toMatchObject({ code: 'lease-lost' });
  await held.release();
  expect(await leases.current('production', later)).toMatchObject({ holder: 'grace' });
});

test('a store that cannot be reached for a moment takes nothing away; for the length of a lease, it does', async () => {
  const clock = virtualClock();
  const { leases } = memoryLog();
  let broken = false;
  const flaky: LeaseStore = {
    ...leases,
    renew: (...parts) => (broken ? Promise.reject(new Error('busy')) : leases.renew(...parts)),
  };
  const held = await holdLease(flaky, clock, request('ada'));
  broken = true;
  await clock.wait(2 * HEARTBEAT + 1);
  expect(held.authority.signal.aborted).toBe(false);
  broken = false;
  await clock.wait(HEARTBEAT);
  expect(held.authority.signal.aborted).toBe(false);
  broken = true;
  const since = clock.now();
  expect(await aborted(held.authority.signal, clock)).toMatchObject({ code: 'lease-lost' });
  expect(clock.now() - since).toBeLessThanOrEqual(LEASE_LENGTH + HEARTBEAT);
  await held.release();
});

test('an interruption aborts the work, with its own reason', async () => {
  const clock = virtualClock();
  const { leases } = memoryLog();
  const interruption = new AbortController();
  const held = await holdLease(leases, clock, request('ada', interruption.signal));
  interruption.abort(new Error('Ctrl-C'));
  expect(held.authority.signal.reason).toMatchObject({ message: 'Ctrl-C' });
  await held.release();
  expect(await leases.current('production', clock.now())).toBeUndefined();
});

test('heartbeats tell what is being done by then', async () => {
  const clock = virtualClock();
  const { leases } = memoryLog();
  let doing = 'deploying 2.0.0, Readiness';
  const held = await holdLease(leases, clock, { ...request('ada'), doing: () => doing });
  doing = 'deploying 2.0.0, Deploy: start backend-2';
  await clock.wait(HEARTBEAT + 1);
  expect(await leases.current('production', clock.now())).toMatchObject({ doing });
  await held.release();
});

test('a lease that cannot be renewed is lost after its length, although the clock went back meanwhile', async () => {
  const clock = virtualClock();
  const { leases } = memoryLog();
  let back = 0;
  const jumping = { ...clock, now: () => clock.now() - back };
  const broken: LeaseStore = { ...leases, renew: () => Promise.reject(new Error('no disk')) };
  const held = await holdLease(broken, jumping, request('ada'));
  back = 3_600_000;
  const since = clock.now();
  expect(await aborted(held.authority.signal, clock)).toMatchObject({ code: 'lease-lost' });
  expect(clock.now() - since).toBeLessThanOrEqual(LEASE_LENGTH + HEARTBEAT);
  await held.release();
});

test('a lease ends in well under 150 s when its holder has died', () => {
  expect(LEASE_LENGTH).toBeLessThan(150_000);
  expect(4 * HEARTBEAT).toBeLessThanOrEqual(LEASE_LENGTH);
});
