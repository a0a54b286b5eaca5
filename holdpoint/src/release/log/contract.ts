import { describe, expect, it, onTestFinished } from 'vitest';
import { findChainFaults, GENESIS } from './chain.ts';
import { NOTE, opened } from './log.fixture.ts';
import type { LeaseStore, RunLog } from './log.ts';

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

    it('is not changed by whoever changes what was read', async () => {
      const log = await opening();
      await log.append('a', 10, opened());
      const [event] = await log.read('a');
      Object.assign(event?.body ?? {}, { name: 'Mallory' });
      expect((await log.read('a'))[0]?.body).toMatchObject({ name: 'ToolBoxAI' });
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
