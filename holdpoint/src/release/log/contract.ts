import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EventBody } from '../events.ts';
import { fold } from '../fold.ts';
import { outlineState } from '../outline.ts';
import { findChainFaults, GENESIS } from './chain.ts';
import { NOTE, opened } from './log.fixture.ts';
import type { Lease, LeaseStore, RunLog } from './log.ts';

type Store = RunLog & { readonly leases: LeaseStore };

const ENVIRONMENT = 'production';

/** What every place where a log can lie must do. `open` gives an empty store. */
export function describeLogContract(name: string, open: () => Promise<Store>): void {
  const opening = async (): Promise<Store> => {
    const store = await open();
    onTestFinished(() => store.close());
    return store;
  };

  describe(`the log in ${name}`, () => {
    it('numbers events from 1 without a gap, and links each to the one before', async () => {
      const log = await opening();
      const first = await log.append('a', 10, opened());
      const second = await log.append('a', 20, NOTE);
      expect(first).toMatchObject({ run: 'a', seq: 1, at: 10, prev: GENESIS });
      expect(second).toMatchObject({ run: 'a', seq: 2, at: 20, prev: first.hash, body: NOTE });
      expect(await log.read('a')).toEqual([first, second]);
      expect(await log.head('a')).toEqual({ seq: 2, hash: second.hash });
      expect(findChainFaults(await log.read('a'), await log.head('a'))).toEqual([]);
    });

    it('reads on from an event', async () => {
      const log = await opening();
      await log.append('a', 10, opened());
      const second = await log.append('a', 20, NOTE);
      const third = await log.append('a', 30, NOTE);
      expect(await log.read('a', 1)).toEqual([second, third]);
      expect(await log.read('a', 3)).toEqual([]);
    });

    it('keeps runs apart, and lists them with the newest first', async () => {
      const log = await opening();
      await log.append('a', 10, opened());
      await log.append('b', 20, opened('staging'));
      const last = await log.append('a', 30, NOTE);
      expect(await log.runs()).toMatchObject([
        { run: 'b', environment: 'staging', openedAt: 20, head: { seq: 1 } },
        { run: 'a', environment: 'production', openedAt: 10, head: { seq: 2, hash: last.hash } },
      ]);
      expect(await log.read('b')).toHaveLength(1);
    });

    it('knows nothing of a run that was never opened', async () => {
      const log = await opening();
      expect(await log.read('a')).toEqual([]);
      expect(await log.head('a')).toBeUndefined();
      expect(await log.runs()).toEqual([]);
    });

    it('wants an opening event first, and only once, and writes nothing else', async () => {
      const log = await opening();
      await expect(log.append('a', 10, NOTE)).rejects.toMatchObject({ code: 'not-found' });
      expect(await log.read('a')).toEqual([]);
      const first = await log.append('a', 10, opened());
      await expect(log.append('a', 20, opened())).rejects.toMatchObject({ code: 'conflict' });
      expect(await log.read('a')).toEqual([first]);
      await log.append('a', 20, NOTE);
    });

    it('refuses what could not be read again, and goes on', async () => {
      const log = await opening();
      await log.append('a', 10, opened());
      const odd = { type: 'phase.ended', phase: 'deploy', verdict: 'splendid', summary: '' };
      await expect(log.append('a', 20, odd as never)).rejects.toMatchObject({ code: 'internal' });
      const immeasurable = { ...CHECK, milliseconds: Number.NaN };
      await expect(log.append('a', 20, immeasurable)).rejects.toMatchObject({ code: 'internal' });
      await log.append('a', 20, NOTE);
      expect(findChainFaults(await log.read('a'), await log.head('a'))).toEqual([]);
      expect(await log.read('a')).toHaveLength(2);
    });

    it('takes text that was cut in the middle of a character', async () => {
      const log = await opening();
      await log.append('a', 10, opened());
      await log.append('a', 20, { type: 'edge.unread', reason: '\ud83d\ude00'.slice(0, 1) });
      expect(findChainFaults(await log.read('a'), await log.head('a'))).toEqual([]);
      expect((await log.read('a'))[1]?.body).toEqual({ type: 'edge.unread', reason: '\ufffd' });
    });

    it('gives what was appended at the same time a place each', async () => {
      const log = await opening();
      await log.append('a', 10, opened());
      const events = await Promise.all(Array.from({ length: 20 }, () => log.append('a', 20, NOTE)));
      expect(events.map(({ seq }) => seq).sort((one, other) => one - other)).toEqual(
        Array.from({ length: 20 }, (_, index) => index + 2),
      );
      expect(findChainFaults(await log.read('a'), await log.head('a'))).toEqual([]);
    });

    it('gives an event the time of the one before it when the clock went back', async () => {
      const log = await opening();
      await log.append('a', 5_000, opened());
      expect(await log.append('a', 1_000, NOTE)).toMatchObject({ at: 5_000 });
      expect(await log.append('a', 6_000, NOTE)).toMatchObject({ at: 6_000 });
      expect(await log.append('a', 5_999, NOTE)).toMatchObject({ at: 6_000 });
      expect((await log.read('a')).map(({ at }) => at)).toEqual([5_000, 5_000, 6_000, 6_000]);
      expect(findChainFaults(await log.read('a'), await log.head('a'))).toEqual([]);
    });

    it('tells in outline just what the fold of every event tells', async () => {
      const log = await opening();
      await fc.assert(
        fc.asyncProperty(fc.uuid(), fc.array(SEEN, { maxLength: 12 }), async (run, bodies) => {
          await log.append(run, 1, opened());
          for (const body of bodies) await log.append(run, 2, body);
          const { watch, ...whole } = fold(await log.read(run));
          const { watch: counted, ...outlined } = await outlineState(log, run);
          expect(outlined).toEqual(whole);
          expect(counted.blocks).toHaveLength(watch.blocks.length);
        }),
        { numRuns: 25 },
      );
      expect(await log.outline('none')).toMatchObject({ events: [], last: undefined });
    });

    it('is not changed by whoever changes what was read', async () => {
      const log = await opening();
      await log.append('a', 10, opened());
      const [event] = await log.read('a');
      Object.assign(event?.body ?? {}, { name: 'Mallory' });
      expect((await log.read('a'))[0]?.body).toMatchObject({ name: 'ToolBoxAI' });
    });
  });

  describe(`appending under a fence in ${name}`, () => {
    const claim = (holder: string, now: number) => ({
      environment: ENVIRONMENT,
      holder,
      now,
      expiresAt: now + 60,
      doing: '',
    });
    const lost = { code: 'lease-lost' };

    it('is done while the lease is held, from the opening on', async () => {
      const log = await opening();
      await expect(log.append('a', 100, opened(), 1)).rejects.toMatchObject(lost);
      const { fence } = await log.leases.take(claim('ada', 100));
      await log.append('a', 100, opened(), fence);
      await log.append('a', 159, NOTE, fence);
      expect(await log.read('a')).toHaveLength(2);
    });

    it('is refused, and writes nothing, once another holds the lease', async () => {
      const log = await opening();
      const { fence } = await log.leases.take(claim('ada', 100));
      const first = await log.append('a', 100, opened(), fence);
      const next = await log.leases.take(claim('grace', 160));
      await expect(log.append('a', 161, NOTE, fence)).rejects.toMatchObject({
        ...lost,
        message: expect.stringContaining('grace has taken production over'),
      });
      expect(await log.read('a')).toEqual([first]);
      await log.append('a', 161, NOTE, next.fence);
    });

    it('is refused once the lease ran out or was given back, even if nobody took it', async () => {
      const log = await opening();
      const lease = await log.leases.take(claim('ada', 100));
      await log.append('a', 100, opened(), lease.fence);
      await expect(log.append('a', 160, NOTE, lease.fence)).rejects.toMatchObject(lost);
      await log.append('a', 159, NOTE, lease.fence);
      await log.leases.release(lease);
      await expect(log.append('a', 159, NOTE, lease.fence)).rejects.toMatchObject(lost);
    });

    it('asks for the lease of the environment of the run', async () => {
      const log = await opening();
      const { fence } = await log.leases.take(claim('ada', 100));
      await expect(log.append('a', 100, opened('staging'), fence)).rejects.toMatchObject(lost);
      await log.append('a', 100, opened('staging'));
      await expect(log.append('a', 100, NOTE, fence)).rejects.toMatchObject(lost);
    });

    it('is not asked of people, who hold no lease', async () => {
      const log = await opening();
      const { fence } = await log.leases.take(claim('ada', 100));
      await log.append('a', 100, opened(), fence);
      const word = { type: 'item.refused', item: 'x', by: { name: 'Grace' }, reason: 'no' } as const;
      expect(await log.append('a', 500, word)).toMatchObject({ seq: 2 });
    });
  });

  describe(`leases in ${name}`, () => {
    const take = (leases: LeaseStore, holder: string, now: number) =>
      leases.take({ environment: ENVIRONMENT, holder, now, expiresAt: now + 60, doing: `for ${holder}` });

    it('a free lease is taken, and shown with who holds it since when for what', async () => {
      const { leases } = await opening();
      expect(await leases.current(ENVIRONMENT, 100)).toBeUndefined();
      const lease = await take(leases, 'ada', 100);
      expect(lease).toEqual({
        environment: ENVIRONMENT,
        holder: 'ada',
        fence: 1,
        since: 100,
        expiresAt: 160,
        doing: 'for ada',
      });
      expect(await leases.current(ENVIRONMENT, 159)).toEqual(lease);
      expect(await leases.current('staging', 159)).toBeUndefined();
    });

    it('another holder gets the present lease back, unchanged', async () => {
      const { leases } = await opening();
      const lease = await take(leases, 'ada', 100);
      expect(await take(leases, 'grace', 159)).toEqual(lease);
      expect(await leases.current(ENVIRONMENT, 159)).toEqual(lease);
    });

    it('a lease that nobody renewed is free at its end, and the fence grows', async () => {
      const { leases } = await opening();
      await take(leases, 'ada', 100);
      expect(await leases.current(ENVIRONMENT, 160)).toBeUndefined();
      expect(await take(leases, 'grace', 160)).toMatchObject({ holder: 'grace', fence: 2, since: 160 });
    });

    it('a renewed lease lasts longer and keeps its fence', async () => {
      const { leases } = await opening();
      const lease = await take(leases, 'ada', 100);
      expect(await leases.renew(lease, 150, 210, 'still deploying')).toMatchObject({
        fence: 1,
        expiresAt: 210,
        doing: 'still deploying',
      });
      expect(await leases.current(ENVIRONMENT, 209)).toMatchObject({ holder: 'ada', since: 100 });
    });

    it('a lease that was lost cannot be renewed, whether it only ran out or was taken', async () => {
      const { leases } = await opening();
      const lease = await take(leases, 'ada', 100);
      expect(await leases.renew(lease, 160, 220, '')).toBeUndefined();
      const taken = await take(leases, 'grace', 170);
      expect(await leases.renew(lease, 171, 231, '')).toBeUndefined();
      expect(await leases.current(ENVIRONMENT, 171)).toEqual(taken);
    });

    it('a released lease is free at once, and its fence is not used again', async () => {
      const { leases } = await opening();
      await leases.release(await take(leases, 'ada', 100));
      expect(await leases.current(ENVIRONMENT, 101)).toBeUndefined();
      expect(await take(leases, 'ada', 101)).toMatchObject({ fence: 2 });
    });

    it('whoever lost the lease cannot release it for its new holder', async () => {
      const { leases } = await opening();
      const lost = await take(leases, 'ada', 100);
      const taken = await take(leases, 'ada', 200);
      await leases.release(lost);
      expect(await leases.current(ENVIRONMENT, 201)).toEqual(taken);
    });

    it('keeps which process holds it', async () => {
      const { leases } = await opening();
      const process = { host: 'here', boot: 'b', namespace: 'pid:[1]', pid: 7, startTicks: 99 };
      const claim = { environment: ENVIRONMENT, holder: 'ada', now: 100, expiresAt: 160, doing: '' };
      const lease = await leases.take({ ...claim, process });
      expect(lease.process).toEqual(process);
      expect(await leases.renew(lease, 110, 170, '')).toMatchObject({ process });
      expect((await leases.current(ENVIRONMENT, 111))?.process).toEqual(process);
    });

    it('a lease that was judged to be nobody’s is taken, unless it was renewed since', async () => {
      const { leases } = await opening();
      const seen = await take(leases, 'ada', 100);
      const claim = (over: Lease) => ({
        environment: ENVIRONMENT,
        holder: 'grace',
        now: 120,
        expiresAt: 180,
        doing: '',
        over,
      });
      const renewed = await leases.renew(seen, 110, 170, 'for ada');
      expect(await leases.take(claim(seen))).toEqual(renewed);
      expect(await leases.take(claim(renewed as Lease))).toMatchObject({ holder: 'grace', fence: 2 });
      expect(await leases.renew(seen, 121, 181, '')).toBeUndefined();
    });

    it('of many that want it at once, one gets it', async () => {
      const { leases } = await opening();
      const all = await Promise.all(['ada', 'grace', 'edsger'].map((holder) => take(leases, holder, 100)));
      expect(new Set(all.map(({ holder }) => holder)).size).toBe(1);
    });
  });
}

const CHECK = {
  type: 'check.settled',
  phase: 'readiness',
  check: 'code.ci',
  evidence: { verdict: 'pass', summary: 'green' },
  milliseconds: 1,
} as const;

/** What a watch and its edge say, in any order. */
const SEEN: fc.Arbitrary<EventBody> = fc.oneof(
  fc
    .record({ requests: fc.nat(9), lost: fc.nat(9) })
    .map((edge): EventBody => ({ type: 'watch.block', block: { at: 1, edge } })),
  fc.constant<EventBody>({ type: 'watch.block', block: { at: 1 } }),
  fc
    .record({ requests: fc.nat(9), lost: fc.nat(9) })
    .map((edge): EventBody => ({ type: 'edge.counted', ...edge })),
  fc.constant(NOTE),
);
