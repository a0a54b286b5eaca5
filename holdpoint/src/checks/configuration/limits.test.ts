import { describe, expect, it } from 'vitest';
import { look, service, subject } from '../subject.fixture.ts';
import { judgeLimits, limits, parseProcessors } from './limits.ts';

const host = { memory: 4e9, processors: 2 };
const of = (memory?: string, cpu?: string, replicas = 3) => [
  service('backend', { replicas, limits: { ...(memory && { memory }), ...(cpu && { cpu }) } }),
  service('worker', { limits: { memory: '256MB' } }),
];
const judge = (...parts: Parameters<typeof of>) =>
  judgeLimits({ reserve: 1e9, cpu: false }, of(...parts), host);

describe('configuration.limits', () => {
  it('passes when the sum over all replicas fits the host', () => {
    expect(judge('512MB')).toEqual({
      verdict: 'pass',
      summary: '4 replicas may take 1.8 GB of 3.0 GB',
      expected: 'a memory limit each, together at most 3.0 GB',
      measured: '1.8 GB',
    });
  });
  it('fails a service without a limit, and a sum that does not fit', () => {
    expect(judge().summary).toBe('backend has no memory limit');
    expect(judge('1GB').summary).toBe('3.3 GB of limits do not fit into 3.0 GB');
    expect(judge('1MB', '1').summary).toBe('3 processors of limits do not fit into 2');
    expect(judgeLimits({ reserve: 0, cpu: true }, of('1MB'), host).details).toEqual([
      'backend has no cpu limit',
      'worker has no cpu limit',
    ]);
  });
  it('asks this machine', async () => {
    expect((await look(limits, subject({ services: of('1MB') }))).verdict).toBe('pass');
    expect((await look(limits, subject({ services: of('900TB') }))).verdict).toBe('fail');
    expect((await look(limits, subject())).verdict).toBe('inconclusive');
  });
  it('is broken by a limit that is no size', async () => {
    await expect(look(limits, subject({ services: of('much') }))).rejects.toThrow("'much' is not a size");
    expect(() => parseProcessors('two')).toThrow('not a number of processors');
    expect(parseProcessors('500m')).toBe(0.5);
  });
});
