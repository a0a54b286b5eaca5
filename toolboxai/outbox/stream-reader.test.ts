import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLastEventId, toStreamMessage } from './event.ts';
import { createStreamReader } from './stream-reader.ts';

describe('event stream', () => {
  it('gives the same messages wherever the pieces end', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.nat(40)), (texts, cuts) => {
        const events = texts.map((text, index) => ({ id: index + 1, kind: 'k', payload: { text } }));
        const whole = `retry: 500\n: beat\n\n${events.map(toStreamMessage).join('')}`;
        const read = createStreamReader();
        const found = [];
        let rest = whole;
        for (const cut of cuts) {
          found.push(...read(rest.slice(0, cut)));
          rest = rest.slice(cut);
        }
        found.push(...read(rest));
        expect(found.map((m) => ({ id: Number(m.id), kind: m.event, payload: JSON.parse(m.data) }))).toEqual(
          events,
        );
      }),
    );
  });

  it('takes only whole numbers as a last event id', () => {
    expect(parseLastEventId('12')).toBe(12);
    for (const text of [undefined, '', '-1', '1.5', 'abc', '9'.repeat(20)])
      expect(parseLastEventId(text)).toBeNull();
  });
});
