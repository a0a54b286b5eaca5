import { expect, it } from 'vitest';
import { type Message, messageOf } from './message.ts';
import type { Notifier } from './notifier.ts';

/** A notifier under test, and the other end of it. */
export interface NotifierRig {
  readonly notifier: Notifier;
  /** What people got, each message once. */
  received(): Promise<readonly unknown[]>;
  /** Makes the other end unable to take a message. */
  breakIt(): Promise<void>;
  close(): Promise<void>;
}

export const messageAt = (occasion: string): Message =>
  messageOf({
    kind: 'waiting',
    run: 'run-1',
    name: 'Example',
    environment: 'test',
    version: '2.0.0',
    from: '1.9.0',
    at: Date.parse('2026-11-22T12:00:00Z'),
    downtime: 0,
    reasons: ['Ein Gruß an „alle“ 👋\nüber zwei Zeilen'],
    occasion,
  });

/** What every notifier must hold to. */
export function notifierContract(start: () => Promise<NotifierRig>): void {
  async function withRig(use: (rig: NotifierRig) => Promise<void>): Promise<void> {
    const rig = await start();
    try {
      await use(rig);
    } finally {
      await rig.close();
    }
  }
  const { signal } = new AbortController();

  it('tells messages whole and in order', () =>
    withRig(async ({ notifier, received }) => {
      for (const occasion of ['a', 'b']) {
        expect(await notifier.notify(messageAt(occasion), signal)).toMatchObject({
          notifier: notifier.name,
          verdict: 'pass',
          repeated: false,
        });
      }
      expect(await received()).toEqual([messageAt('a'), messageAt('b')]);
    }));

  it('tells people once what it is asked to tell twice', () =>
    withRig(async ({ notifier, received }) => {
      await notifier.notify(messageAt('a'), signal);
      await notifier.notify(messageAt('b'), signal);
      const later = { ...messageAt('a'), date: '2026-11-23T12:00:00.000Z' };
      expect(await notifier.notify(later, signal)).toMatchObject({ verdict: 'pass' });
      expect(await received()).toEqual([messageAt('a'), messageAt('b')]);
    }));

  it('is an error, and throws nothing, when the other end is broken', () =>
    withRig(async ({ notifier, breakIt }) => {
      await breakIt();
      expect(await notifier.notify(messageAt('a'), signal)).toMatchObject({
        verdict: 'error',
        repeated: false,
      });
    }));

  it('tells nothing once it is cancelled', () =>
    withRig(async ({ notifier, received }) => {
      const cancelled = AbortSignal.abort(new Error('enough'));
      await expect(notifier.notify(messageAt('a'), cancelled)).rejects.toThrow('enough');
      expect(await received()).toEqual([]);
    }));
}
