import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { steppingClock } from '../../kernel/clock.fixture.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { keepTime, type Told } from './keep-time.ts';
import { nextAfter, type Recurrence, recurrence } from './order.ts';

const before = process.env['TZ'];
// The property below would meet hours that a zone skips.
beforeEach(() => zone('UTC'));
afterEach(() => zone(before));

function zone(name: string | undefined): void {
  if (name === undefined) delete process.env['TZ'];
  else process.env['TZ'] = name;
}

describe('a recurrence', () => {
  it('is a time of day, or of a weekday', () => {
    expect(recurrence.parse('02:30')).toEqual({ hour: 2, minute: 30 });
    expect(recurrence.parse('sunday 04:05')).toEqual({ hour: 4, minute: 5, day: 'sunday' });
    for (const wrong of ['2:30', '24:00', '12:60', 'someday 01:00', 'sunday', '02:30 '])
      expect(recurrence.safeParse(wrong).success).toBe(false);
  });

  const any: fc.Arbitrary<Recurrence> = fc
    .record({
      hour: fc.nat(23),
      minute: fc.nat(59),
      day: fc.option(fc.constantFrom('monday' as const, 'sunday' as const, 'saturday' as const)),
    })
    .map(({ day, ...at }) => (day === null ? at : { ...at, day }));

  it('comes again after any moment: later, at its time, and within its period', () => {
    fc.assert(
      fc.property(any, fc.nat(4_000_000_000_000), (at, now) => {
        const next = new Date(nextAfter(at, now));
        expect(next.getTime()).toBeGreaterThan(now);
        expect(next.getTime() - now).toBeLessThanOrEqual((at.day === undefined ? 1 : 7) * 86_400_000);
        expect([next.getHours(), next.getMinutes()]).toEqual([at.hour, at.minute]);
        if (at.day !== undefined)
          expect(['sunday', 'monday', '', '', '', '', 'saturday'][next.getDay()]).toBe(at.day);
      }),
    );
  });

  it('is by local time: later where the clock skips it in spring, once where it comes twice in autumn', () => {
    zone('Europe/Vienna');
    const times = (from: string, count: number): readonly string[] => {
      let now = Date.parse(from);
      return Array.from({ length: count }, () => {
        now = nextAfter({ hour: 2, minute: 30 }, now);
        return new Date(now).toISOString();
      });
    };
    expect(times('2026-03-27T12:00:00Z', 3)).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
    expect(times('2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });
});

describe('keeping time', () => {
  const START = Date.parse('2026-11-21T00:00:00Z');

  it('does each task at its time, one after the other, and goes on after a failure', async () => {
    const clock = steppingClock(START);
    const ending = new AbortController();
    const told: Told[] = [];
    const done: string[] = [];
    const timetable = {
      backup: { hour: 2, minute: 30 },
      drill: { hour: 2, minute: 31, day: 'sunday' as const },
    };
    const perform = async (task: 'backup' | 'drill') => {
      done.push(`${task} ${new Date(clock.now()).toISOString()}`);
      clock.pass(600_000);
      if (done.length === 1) throw new HoldpointError('unreachable', 'the engine is away');
      if (done.length === 4) ending.abort(new Error('enough'));
    };
    await expect(
      keepTime({ timetable, clock, perform, told: (event) => told.push(event) }, ending.signal),
    ).rejects.toThrow('enough');
    expect(done).toEqual([
      'backup 2026-11-21T02:30:00.000Z',
      'backup 2026-11-22T02:30:00.000Z',
      'drill 2026-11-22T02:40:00.000Z',
      'backup 2026-11-23T02:30:00.000Z',
    ]);
    expect(told.filter(({ kind }) => kind === 'failed')).toHaveLength(1);
    expect(told.filter(({ kind }) => kind === 'done')).toHaveLength(3);
  });
});
