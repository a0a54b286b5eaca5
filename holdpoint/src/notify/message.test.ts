import { describe, expect, it } from 'vitest';
import { type MessageKind, messageOf, type News } from './message.ts';

const news: News = {
  kind: 'planned',
  run: 'run-1',
  name: 'ToolBoxAI',
  environment: 'production',
  version: '2.0.0',
  from: '1.9.0',
  at: Date.parse('2026-11-23T12:00:00Z'),
  downtime: 0,
};

describe('a message', () => {
  it('names subject, date and expected downtime', () => {
    expect(messageOf(news)).toMatchObject({
      subject: '[production] ToolBoxAI 2.0.0 will be deployed',
      date: '2026-11-23T12:00:00.000Z',
      expectedDowntime: 'none expected',
    });
    expect(messageOf(news).text).toMatch(/Date: 2026-11-23T12:00:00\.000Z\nExpected downtime: none expected/);
    expect(messageOf({ ...news, downtime: 90_000 }).expectedDowntime).toBe('1 min 30 s');
  });

  it.each<[MessageKind, string]>([
    ['started', 'is being deployed'],
    ['rolled-back', 'was rolled back to 1.9.0'],
    ['promoted', 'is deployed'],
    ['waiting', 'waits for a person'],
    ['failed', 'was not deployed'],
  ])('tells of %s', (kind, words) => {
    const message = messageOf({ ...news, kind, reasons: ['3 % of the answers were errors.'] });
    expect(message.subject).toContain(words);
    expect(message.text).toContain('3 % of the answers were errors.');
  });

  it('has one key for the same news at another time, and another for any other', () => {
    const keys = [
      messageOf(news),
      messageOf({ ...news, kind: 'started' }),
      messageOf({ ...news, run: 'run-2' }),
      messageOf({ ...news, occasion: 'signoff' }),
      messageOf({ ...news, reasons: ['Another reason.'] }),
    ].map(({ key }) => key);
    expect(new Set(keys).size).toBe(5);
    expect(messageOf({ ...news, at: news.at + 1 }).key).toBe(keys[0]);
  });
});
