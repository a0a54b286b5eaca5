import { describe, expect, it } from 'vitest';
import { createLatency, createTally } from './tally.ts';

describe('latency', () => {
  it('gives quantiles within 5 %', () => {
    const latency = createLatency();
    for (let ms = 1; ms <= 1000; ms += 1) latency.add(ms / 1000);
    expect(latency.quantile(0.5)).toBeGreaterThan(0.499);
    expect(latency.quantile(0.5)).toBeLessThan(0.526);
    expect(latency.quantile(0.95)).toBeGreaterThan(0.949);
    expect(latency.quantile(0.95)).toBeLessThan(1);
    expect(createLatency().quantile(0.5)).toBe(0);
  });
});

describe('tally', () => {
  it('counts a gateway error as an error and as lost, an application error as an error only', () => {
    const tally = createTally();
    for (const status of [200, 201, 404, 500, 502, 503]) {
      tally.sent();
      tally.answered(status, 0.01, '2.0.0');
    }
    tally.sent();
    tally.lost('connection', 'ECONNRESET');
    const line = tally.line({});
    expect(line).toMatchObject({ sent: 7, ok: 2, errors: 4, lost: 3, versions: { '2.0.0': 6 } });
    expect(line).toMatchObject({
      lostBy: { gateway: 2, connection: 1 },
      status: { '2xx': 2, '4xx': 1, '5xx': 3 },
    });
    expect(tally.line({})).toMatchObject({ sent: 7, second: { sent: 0, lost: 0 } });
  });
});
